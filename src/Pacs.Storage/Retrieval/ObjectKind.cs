using Pacs.Dicom.Dictionaries;
using Pacs.Dicom.TransferSyntaxes;

namespace Pacs.Storage.Retrieval;

/// <summary>What decides by which presentation contexts an object can go: its class and how it is encoded.</summary>
public sealed record ObjectKind(string SopClassUid, TransferSyntax TransferSyntax)
{
    public static ObjectKind Of(StoredInstance instance) => new(instance.SopClassUid, instance.TransferSyntax);

    /// <summary>"CT Image Storage, Explicit VR Little Endian": short enough for an Error Comment with some words, as a rule.</summary>
    public override string ToString() => $"{SopClassRegistry.NameOf(SopClassUid) ?? SopClassUid}, {TransferSyntax}";
}
