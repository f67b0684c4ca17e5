using Pacs.Dicom.Datasets;
using Pacs.Dicom.Parsing;

namespace Pacs.Dicom.Files;

/// <summary>A Part 10 file read into memory but for its bulk data.</summary>
public sealed record DicomFile(FileMetaInformation FileMeta, DicomDataset Dataset, long DatasetOffset)
{
    /// <exception cref="DicomFormatException">Not a DICOM file, or a broken one.</exception>
    public static DicomFile Read(Stream stream, DatasetLimits? limits = null) => throw new NotImplementedException();

    /// <inheritdoc cref="Read(Stream, DatasetLimits?)"/>
    public static DicomFile Open(string path, DatasetLimits? limits = null)
    {
        using var stream = File.OpenRead(path);
        return Read(stream, limits);
    }

    /// <summary>Writes a Part 10 file; the data set holds no bulk element.</summary>
    public static void Write(Stream output, FileMetaInformation fileMeta, DicomDataset dataset) => throw new NotImplementedException();
}
