using Pacs.TestKit;
using Pacs.TestKit.Clients;
using Pacs.TestKit.Processes;
using Pacs.TestKit.Samples;

namespace Pacs.System.Tests.Durability;

/// <summary>
/// A kill does not lose what the kernel's page cache holds, a power cut does. So the system calls are looked at: file,
/// directories and write-ahead log have been flushed before the first byte of the success response is sent.
/// </summary>
public sealed class FlushOrderTests
{
    private const string Calls = "trace=openat,mkdir,mkdirat,rename,renameat,renameat2,fsync,fdatasync,pwrite64,pwritev,write,writev,sendto,sendmsg";

    [Fact]
    public Task CStore_Success_ComesAfterFileDirectoriesAndLogAreFlushed() => AssertFlushedBeforeAsync(
        async (server, sample) => Assert.True((await new TestScu(server.Dimse).StoreAsync(sample))?.Status.IsSuccess),
        // P-DATA-TF is PDU type 4 (PS3.8 §9.3.5): the only one that this association is sent.
        (call, server) => call.Arguments.Contains($":{server.Dimse.Port}->", StringComparison.Ordinal) && call.Arguments.Contains("\"\\4\\0", StringComparison.Ordinal));

    [Fact]
    public Task Stow_Success_ComesAfterFileDirectoriesAndLogAreFlushed() => AssertFlushedBeforeAsync(
        async (server, sample) => Assert.Null(await new DicomWebClient(server.Http).StowAsync(sample.ToPart10())),
        (call, server) => call.Arguments.Contains($":{server.Http.BaseAddress!.Port}->", StringComparison.Ordinal) && call.Arguments.Contains("HTTP/1.1 200", StringComparison.Ordinal));

    private static async Task AssertFlushedBeforeAsync(Func<PacsServer, SampleObject, Task> store, Func<SystemCall, PacsServer, bool> isResponse)
    {
        using var folder = new TemporaryFolder();
        var trace = folder.File("trace");
        await using var server = await PacsServer.StartAsync(new PacsServerOptions { Wrapper = ["strace", "-f", "--seccomp-bpf", "-yy", "-s", "64", "-e", Calls, "-o", trace] });
        var sample = SampleObjects.Ct(SampleOptions.Fresh());
        await store(server, sample);

        var (calls, renamed, response) = await CallsAsync(trace, sample.SopInstanceUid, c => isResponse(c, server));
        var blob = Directory.EnumerateFiles(Path.Combine(server.DataFolder, "blobs"), "*.dcm", SearchOption.AllDirectories).Single();

        // By its final name, or by the one it had while it was received.
        AssertFlushed(calls, response, "the file", p => p == blob || p.EndsWith(".part", StringComparison.Ordinal));
        // Its folder, and the folder of each folder that was made for it.
        for (var parent = Path.GetDirectoryName(blob)!; parent != server.DataFolder; parent = Path.GetDirectoryName(parent)!)
            AssertFlushed(calls, response, parent, p => p == parent);
        AssertFlushed(calls, response, "the write-ahead log", p => p.Contains("/pg_wal/", StringComparison.Ordinal));

        Assert.Contains(calls, c => c.Started > renamed && c.Ended < response && c.Flushes(p => p == Path.GetDirectoryName(blob)));
        // By one of the database's processes; another may write to the log, and not be asked to flush, at any time.
        var received = calls.Last(c => c.Name == "openat" && c.Arguments.Contains(".part\"", StringComparison.Ordinal) && c.Ended < renamed).Started;
        Assert.Contains(calls, written => written.Started > received && written.Name.StartsWith("pwrite", StringComparison.Ordinal) && written.Arguments.Contains("/pg_wal/", StringComparison.Ordinal)
            && calls.Any(c => c.Thread == written.Thread && c.Started > written.Ended && c.Ended < response && c.Flushes(p => p.Contains("/pg_wal/", StringComparison.Ordinal))));
    }

    private static void AssertFlushed(IEnumerable<SystemCall> calls, int response, string what, Func<string, bool> path) =>
        Assert.True(calls.Any(c => c.Ended < response && c.Flushes(path)), $"Nothing shows that {what} was flushed before the response.");

    /// <summary>With the end of the call that gave the file its name, and the beginning of that which sent the response: strace writes a little later than the traced program goes on.</summary>
    private static async Task<(IReadOnlyList<SystemCall> Calls, int Renamed, int Response)> CallsAsync(string trace, string instance, Func<SystemCall, bool> isResponse)
    {
        IReadOnlyList<SystemCall> calls = [];
        SystemCall? renamed = null, response = null;
        await Eventually.TrueAsync(
            async () =>
            {
                calls = SystemCallTrace.Parse(await File.ReadAllLinesAsync(trace));
                renamed = calls.LastOrDefault(c => c.Name.StartsWith("rename", StringComparison.Ordinal) && c.Arguments.Contains(instance, StringComparison.Ordinal));
                response = calls.LastOrDefault(c => c.Started > renamed?.Ended && isResponse(c));
                return response is not null;
            },
            what: "the response is in the trace");
        return (calls, renamed!.Ended, response!.Started);
    }
}
