using Pacs.Dicom.Datasets;
using Pacs.Dicom.Dictionaries;
using Pacs.Dicom.Files;
using Pacs.Dicom.Primitives;
using Pacs.Dicom.TransferSyntaxes;
using Pacs.TestKit.Processes;
using Pacs.TestKit.Samples;

namespace Pacs.Dimse.Tests.Store;

/// <summary>Level 2 (full) storage (PS3.4 §B.4.1): what was sent is what lies in the file system, for any program to open.</summary>
public sealed class BitPreservingTests(DimseFixture server) : IClassFixture<DimseFixture>
{
    public static TheoryData<string> Native => [Uids.ImplicitVRLittleEndian, Uids.ExplicitVRLittleEndian, Uids.ExplicitVRBigEndian, Uids.DeflatedExplicitVRLittleEndian];

    [Theory]
    [MemberData(nameof(Native))]
    public async Task Store_SignedAndPrivate_IsAFileWithTheSameBytesThatDcmtkOpens(string syntax)
    {
        var sample = SampleObjects.Ct(SampleOptions.Fresh() with { TransferSyntax = TransferSyntaxRegistry.GetOrAssume(syntax), Customize = AddPrivateAndSignature });
        server.Store(sample);
        var path = FileOf(sample);
        var bytes = await File.ReadAllBytesAsync(path);
        Assert.True(bytes.AsSpan().EndsWith(sample.ToDatasetBytes()));
        var file = DicomFile.Open(path);
        Assert.Equal(syntax, file.FileMeta.TransferSyntax.Uid);
        Assert.Equal(sample.SopInstanceUid, file.FileMeta.MediaStorageSopInstanceUid);

        var dump = await Dcmtk.DumpAsync(path);
        Assert.Contains(sample.SopInstanceUid, dump, StringComparison.Ordinal);
        Assert.Contains("MAKER", dump, StringComparison.Ordinal);
        Assert.Contains("DigitalSignatureUID", dump, StringComparison.Ordinal);
    }

    private static void AddPrivateAndSignature(DicomDataset dataset) => dataset
        .Set(new Tag(0x00090010), Vr.LO, "MAKER")
        .Set(new ValueElement(new Tag(0x00091001), Vr.UN, new byte[] { 1, 2, 3, 4, 5, 6 }))
        .Set(new SequenceElement(new Tag(0x00091002), [new DicomDataset { HasUndefinedLength = true }.Set(Tags.CodeMeaning, "kept")], hasUndefinedLength: true))
        .Set(Tags.MACParametersSequence, new DicomDataset().Set(Tags.MACIDNumber, 1).Set(Tags.MACCalculationTransferSyntaxUID, Uids.ExplicitVRLittleEndian)
            .Set(Tags.MACAlgorithm, "SHA256"))
        .Set(Tags.DigitalSignaturesSequence, new DicomDataset().Set(Tags.MACIDNumber, 1).Set(Tags.DigitalSignatureUID, "1.2.3.4")
            .Set(Tags.DigitalSignatureDateTime, "20260101120000").Set(Tags.CertificateType, "X509_1993_SIG")
            .Set(new ValueElement(Tags.CertificateOfSigner, Vr.OB, new byte[] { 48, 3, 2, 1, 5, 0 })).Set(new ValueElement(Tags.Signature, Vr.OB, new byte[] { 7, 7, 7, 7 })));

    private string FileOf(SampleObject sample) =>
        Path.Combine(server.Postgres.DataFolder, "blobs", (string)server.Postgres.Query($"SELECT blob_key FROM instances WHERE sop_instance_uid = '{sample.SopInstanceUid}'")!);
}
