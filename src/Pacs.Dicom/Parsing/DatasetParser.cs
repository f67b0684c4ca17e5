using Pacs.Dicom.Datasets;
using Pacs.Dicom.TransferSyntaxes;

namespace Pacs.Dicom.Parsing;

/// <summary>
/// Reads a data set that comes in pieces of any size. Holds what is small, skips bulk by length, keeps at most one
/// incomplete element between calls. Offsets in the result count bytes of the encoded (inflated, if deflated) data set.
/// </summary>
public sealed class DatasetParser(TransferSyntax transferSyntax, DatasetLimits? limits = null)
{
    /// <summary>Takes the next bytes. After a fault every further call throws the same.</summary>
    /// <exception cref="DicomFormatException">Not a data set in this transfer syntax, or over a limit.</exception>
    public void Append(ReadOnlySpan<byte> bytes) => throw new NotImplementedException($"{transferSyntax}{limits}");

    /// <summary>No more bytes: the data set, if it ends where an element ends.</summary>
    /// <exception cref="DicomFormatException">It ends within an element.</exception>
    public DicomDataset Complete() => throw new NotImplementedException();

    /// <summary>The fragments of top-level encapsulated pixel data seen so far: value offset and length, Basic Offset Table first.</summary>
    public IReadOnlyList<(long Offset, uint Length)> Fragments => throw new NotImplementedException();
}
