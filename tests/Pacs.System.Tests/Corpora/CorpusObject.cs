using Pacs.Dicom.Datasets;
using Pacs.Dicom.Dictionaries;
using Pacs.Dicom.Files;
using Pacs.Dicom.Parsing;
using Pacs.System.Tests.Servers;

namespace Pacs.System.Tests.Corpora;

/// <summary>A file of the corpus as a sender has it: what it would say of the object, and the data set's bytes.</summary>
internal sealed record CorpusObject(string TransferSyntaxUid, string SopClassUid, string SopInstanceUid, string StudyInstanceUid, string SeriesInstanceUid, byte[] File, byte[] Dataset)
{
    /// <summary>Null for a file that is no DICOM file, or breaks off or apart: there is nothing to say of it.</summary>
    public static CorpusObject? Read(string path)
    {
        var file = global::System.IO.File.ReadAllBytes(path);
        try
        {
            var (meta, bytes) = Part10.Split(file);
            var dataset = DicomFile.Read(new MemoryStream(file)).Dataset;
            return new CorpusObject(
                meta.TransferSyntax.Uid,
                meta.MediaStorageSopClassUid is { Length: > 0 } sopClass ? sopClass : dataset.GetString(Tags.SOPClassUID) ?? "",
                meta.MediaStorageSopInstanceUid is { Length: > 0 } instance ? instance : dataset.GetString(Tags.SOPInstanceUID) ?? "",
                dataset.GetString(Tags.StudyInstanceUID) ?? "",
                dataset.GetString(Tags.SeriesInstanceUID) ?? "",
                file,
                bytes);
        }
        catch (DicomFormatException)
        {
            return null;
        }
    }

    /// <summary>Below <c>/dicomweb/</c> and <c>/api/v1/</c>.</summary>
    public string StudyPath => $"studies/{Uri.EscapeDataString(StudyInstanceUid)}";

    public string InstancePath => $"{StudyPath}/series/{Uri.EscapeDataString(SeriesInstanceUid)}/instances/{Uri.EscapeDataString(SopInstanceUid)}";

    /// <summary>A C-FIND or C-GET identifier that means this object alone.</summary>
    public DicomDataset Identifier => new DicomDataset().Set(Tags.QueryRetrieveLevel, "IMAGE")
        .Set(Tags.StudyInstanceUID, StudyInstanceUid).Set(Tags.SeriesInstanceUID, SeriesInstanceUid).Set(Tags.SOPInstanceUID, SopInstanceUid);
}
