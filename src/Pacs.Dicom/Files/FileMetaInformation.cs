using System.Buffers;
using System.Text;
using Pacs.Dicom.Datasets;
using Pacs.Dicom.Dictionaries;
using Pacs.Dicom.Primitives;
using Pacs.Dicom.TransferSyntaxes;

namespace Pacs.Dicom.Files;

/// <summary>Group 0002 of a Part 10 file (PS3.10 §7.1).</summary>
public sealed record FileMetaInformation
{
    internal const int PreambleLength = 128;
    internal static ReadOnlySpan<byte> Prefix => "DICM"u8;

    public required string MediaStorageSopClassUid { get; init; }
    public required string MediaStorageSopInstanceUid { get; init; }
    public required TransferSyntax TransferSyntax { get; init; }
    public string? SourceApplicationEntityTitle { get; init; }

    /// <summary>(0002,0018): as what the archive was called when the object came.</summary>
    public string? ReceivingApplicationEntityTitle { get; init; }

    /// <summary>Preamble, "DICM" and group 0002 with this library's Implementation Class UID: what comes before the data set.</summary>
    public byte[] ToPart10Header()
    {
        var meta = new DicomDataset()
            .Set(new ValueElement(Tags.FileMetaInformationVersion, Vr.OB, new byte[] { 0, 1 }))
            .Set(Text(Tags.MediaStorageSOPClassUID, Vr.UI, MediaStorageSopClassUid))
            .Set(Text(Tags.MediaStorageSOPInstanceUID, Vr.UI, MediaStorageSopInstanceUid))
            .Set(Text(Tags.TransferSyntaxUID, Vr.UI, TransferSyntax.Uid))
            .Set(Text(Tags.ImplementationClassUID, Vr.UI, ImplementationIdentity.ClassUid))
            .Set(Text(Tags.ImplementationVersionName, Vr.SH, ImplementationIdentity.VersionName));
        if (!string.IsNullOrEmpty(SourceApplicationEntityTitle)) meta.Set(Text(Tags.SourceApplicationEntityTitle, Vr.AE, SourceApplicationEntityTitle));
        if (!string.IsNullOrEmpty(ReceivingApplicationEntityTitle)) meta.Set(Text(Tags.ReceivingApplicationEntityTitle, Vr.AE, ReceivingApplicationEntityTitle));

        var body = DatasetWriter.ToArray(meta, TransferSyntaxRegistry.ExplicitVrLittleEndian);
        var groupLength = new DicomDataset().Set(new ValueElement(Tags.FileMetaInformationGroupLength, Vr.UL, BitConverter.GetBytes((uint)body.Length)));
        var output = new ArrayBufferWriter<byte>(PreambleLength + Prefix.Length + 12 + body.Length);
        output.Write(stackalloc byte[PreambleLength]);
        output.Write(Prefix);
        DatasetWriter.Write(groupLength, TransferSyntaxRegistry.ExplicitVrLittleEndian, output);
        output.Write(body);
        return output.WrittenSpan.ToArray();
    }

    private static ValueElement Text(Tag tag, Vr vr, string text)
    {
        var value = new byte[(text.Length + 1) & ~1];
        value.AsSpan().Fill(vr.Padding);
        Encoding.Latin1.GetBytes(text, value);
        return new ValueElement(tag, vr, value);
    }
}
