using System.Buffers;
using Pacs.Storage.Ingest;
using Pacs.TestKit;
using Pacs.TestKit.Samples;

namespace Pacs.Storage.Tests.Ingest;

internal static class Objects
{
    public static IngestResult Store(this StorageProcess process, SampleObject sample) => process.Store(sample, sample.ToDatasetBytes());

    /// <summary>As C-STORE does, in pieces.</summary>
    public static IngestResult Store(this StorageProcess process, SampleObject sample, byte[] bytes)
    {
        using var session = process.Get<IngestService>().Begin(new IngestRequest(sample.TransferSyntax, new IngestSource("DIMSE") { CallingAeTitle = "MODALITY", CalledAeTitle = "ARCHIVE2" })
        {
            SopClassUid = sample.SopClassUid,
            SopInstanceUid = sample.SopInstanceUid,
        });
        foreach (var piece in bytes.Chunk(5000)) session.Write(piece);
        return session.Complete();
    }

    /// <summary>As STOW-RS and import do.</summary>
    public static async Task<IngestResult> StoreFile(this StorageProcess process, byte[] file, string? study = null)
    {
        using var session = new Part10IngestSession(process.Get<IngestService>(), new IngestSource("import"), study);
        foreach (var piece in file.Chunk(5000)) session.Write(new ReadOnlySequence<byte>(piece));
        return await session.CompleteAsync(default);
    }

    public static string BlobPath(this PostgresFixture fixture, string sopInstanceUid) =>
        Path.Combine(fixture.DataFolder, "blobs", (string)fixture.Query($"SELECT blob_key FROM instances WHERE sop_instance_uid = '{sopInstanceUid}'")!);

    public static byte[] StoredDataset(this PostgresFixture fixture, string sopInstanceUid) =>
        File.ReadAllBytes(fixture.BlobPath(sopInstanceUid))[(int)fixture.Query($"SELECT dataset_offset FROM instances WHERE sop_instance_uid = '{sopInstanceUid}'")!..];

    public static int BlobCount(this PostgresFixture fixture) =>
        Directory.EnumerateFiles(Path.Combine(fixture.DataFolder, "blobs"), "*.dcm", SearchOption.AllDirectories).Count();
}
