namespace Pacs.Dicom.Datasets;

/// <summary>
/// A data set without its bulk data as compact bytes, to be kept apart from the object: Explicit VR Little Endian as
/// read (text untouched), with each <see cref="BulkElement"/> as a reference of offset, length and encapsulation.
/// </summary>
public static class CompactHeader
{
    public static byte[] Encode(DicomDataset dataset) => throw new NotImplementedException();

    /// <exception cref="Parsing.DicomFormatException">Not made by <see cref="Encode"/>.</exception>
    public static DicomDataset Decode(ReadOnlyMemory<byte> header) => throw new NotImplementedException();
}
