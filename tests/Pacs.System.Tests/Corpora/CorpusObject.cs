using Pacs.Dicom.Datasets;
using Pacs.Dicom.Dictionaries;
using Pacs.Dicom.Files;
using Pacs.Dicom.Parsing;
using Pacs.System.Tests.Servers;

namespace Pacs.System.Tests.Corpora;

/// <summary>A file of the corpus as a sender has it: what it would say of the object, and the data set's bytes. What cannot be read is empty.</summary>
internal sealed record CorpusObject(byte[] File)
{
    public string TransferSyntaxUid { get; init; } = "";
    public string SopClassUid { get; init; } = "";
    public string SopInstanceUid { get; init; } = "";
    public string StudyInstanceUid { get; init; } = "";
    public string SeriesInstanceUid { get; init; } = "";
    public byte[] Dataset { get; init; } = [];

    public static CorpusObject Read(string path)
    {
        var item = new CorpusObject(global::System.IO.File.ReadAllBytes(path));
        try
        {
            var (meta, bytes) = Part10.Split(item.File);
            item = item with
            {
                TransferSyntaxUid = meta.TransferSyntax.Uid,
                SopClassUid = meta.MediaStorageSopClassUid,
                SopInstanceUid = meta.MediaStorageSopInstanceUid,
                Dataset = bytes,
            };
            var dataset = DicomFile.Read(new MemoryStream(item.File)).Dataset;
            return item with
            {
                // What the object itself says: in some files the file meta says otherwise.
                SopClassUid = dataset.GetString(Tags.SOPClassUID) ?? item.SopClassUid,
                SopInstanceUid = dataset.GetString(Tags.SOPInstanceUID) ?? item.SopInstanceUid,
                StudyInstanceUid = dataset.GetString(Tags.StudyInstanceUID) ?? "",
                SeriesInstanceUid = dataset.GetString(Tags.SeriesInstanceUID) ?? "",
            };
        }
        catch (DicomFormatException)
        {
            return item;
        }
    }

    /// <summary>Below <c>/dicomweb/</c> and <c>/api/v1/</c>.</summary>
    public string StudyPath => $"studies/{Uri.EscapeDataString(StudyInstanceUid)}";

    public string InstancePath => $"{StudyPath}/series/{Uri.EscapeDataString(SeriesInstanceUid)}/instances/{Uri.EscapeDataString(SopInstanceUid)}";

    /// <summary>A C-FIND or C-GET identifier that means this object alone.</summary>
    public DicomDataset Identifier => new DicomDataset().Set(Tags.QueryRetrieveLevel, "IMAGE")
        .Set(Tags.StudyInstanceUID, StudyInstanceUid).Set(Tags.SeriesInstanceUID, SeriesInstanceUid).Set(Tags.SOPInstanceUID, SopInstanceUid);
}
