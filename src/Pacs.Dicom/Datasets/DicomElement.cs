using Pacs.Dicom.Primitives;

namespace Pacs.Dicom.Datasets;

/// <summary>One data element (PS3.5 §7.1). Immutable; what it is of is told by its class.</summary>
public abstract class DicomElement
{
    private protected DicomElement(Tag tag, Vr vr) => (Tag, Vr) = (tag, vr);

    public Tag Tag { get; }

    /// <summary>As encoded, or from the dictionary for Implicit VR.</summary>
    public Vr Vr { get; }

    /// <summary>The VR under which the JSON and XML models have it: what was read as a sequence is one, and letters that are no VR are UN.</summary>
    internal Vr ModelVr => this is SequenceElement ? Vr.SQ : Vr.IsKnown ? Vr : Vr.UN;
}
