using Pacs.Dicom.Datasets;
using Pacs.Dicom.Dictionaries;
using Pacs.Dicom.Files;
using Pacs.Dicom.TransferSyntaxes;

namespace Pacs.TestKit.Samples;

/// <summary>A DICOM object of <see cref="SampleObjects"/>.</summary>
public sealed record SampleObject(DicomDataset Dataset, TransferSyntax TransferSyntax)
{
    public string SopClassUid => Dataset.GetString(Tags.SOPClassUID) ?? "";
    public string SopInstanceUid => Dataset.GetString(Tags.SOPInstanceUID) ?? "";
    public string StudyInstanceUid => Dataset.GetString(Tags.StudyInstanceUID) ?? "";
    public string SeriesInstanceUid => Dataset.GetString(Tags.SeriesInstanceUID) ?? "";
    public string PatientId => Dataset.GetString(Tags.PatientID) ?? "";

    public FileMetaInformation FileMeta => new()
    {
        MediaStorageSopClassUid = SopClassUid,
        MediaStorageSopInstanceUid = SopInstanceUid,
        TransferSyntax = TransferSyntax,
    };

    /// <summary>As sent by C-STORE.</summary>
    public byte[] ToDatasetBytes() => DatasetWriter.ToArray(Dataset, TransferSyntax);

    /// <summary>As in a file, and in the part of a STOW-RS request.</summary>
    public byte[] ToPart10() => [.. FileMeta.ToPart10Header(), .. ToDatasetBytes()];

    /// <summary>Writes a file named by the SOP Instance UID and tells its path.</summary>
    public string WriteTo(string folder)
    {
        var path = Path.Combine(Directory.CreateDirectory(folder).FullName, SopInstanceUid + ".dcm");
        File.WriteAllBytes(path, ToPart10());
        return path;
    }
}
