using System.Diagnostics;
using System.Net.Sockets;
using System.Text;
using Pacs.TestKit.Samples;

namespace Pacs.Api.Tests.Hostile;

/// <summary>Slow is not hostile, dripping is. These take as long as the grace that everybody has.</summary>
public sealed class PaceTests(HostileServer server) : IClassFixture<HostileServer>
{
    [Fact]
    public async Task Body_InDrops_IsCutOffAndSlowOnesAreServed()
    {
        var (before, sent) = (server.CountInstances(), SampleObjects.Ct(SampleOptions.Fresh() with { Rows = 96, Columns = 96 }));
        await Task.WhenAll(DripAsync(), StoreSlowlyAsync(sent));
        Assert.NotEqual(before, server.CountInstances());
        using var found = await server.GetAsync($"/dicomweb/studies/{sent.StudyInstanceUid}/metadata");
        Assert.True(found.IsSuccessStatusCode);
        await server.AssertNothingStoredAsync(server.CountInstances());
    }

    /// <summary>Ten bytes a second: the connection is closed after the grace, whatever it says.</summary>
    private async Task DripAsync()
    {
        var file = SampleObjects.Ct(SampleOptions.Fresh()).ToPart10();
        var (socket, stream) = await StartAsync(file.Length);
        using var _ = socket;
        using var pace = new PeriodicTimer(TimeSpan.FromMilliseconds(100));
        var watch = Stopwatch.StartNew();
        var sent = 0;
        try
        {
            for (; sent < 600; sent++)
            {
                await stream.WriteAsync(file.AsMemory(sent, 1));
                await pace.WaitForNextTickAsync();
                if (stream.DataAvailable) break;
            }
        }
        catch (IOException)
        {
            // That is what is to happen.
        }
        Assert.True(watch.Elapsed < TimeSpan.FromSeconds(50), $"{sent} bytes were taken in {watch.Elapsed}");
    }

    /// <summary>A line of two decades ago: slower than any that is in use, some times as fast as the least.</summary>
    private async Task StoreSlowlyAsync(SampleObject sample)
    {
        var file = sample.ToPart10();
        var (socket, stream) = await StartAsync(file.Length);
        using var _ = socket;
        using var pace = new PeriodicTimer(TimeSpan.FromMilliseconds(250));
        for (var at = 0; at < file.Length; at += 400)
        {
            await stream.WriteAsync(file.AsMemory(at, Math.Min(400, file.Length - at)));
            await pace.WaitForNextTickAsync();
        }
        var answer = new byte[64];
        Assert.StartsWith("HTTP/1.1 200", Encoding.ASCII.GetString(answer, 0, await stream.ReadAsync(answer)), StringComparison.Ordinal);
    }

    private async Task<(TcpClient Socket, NetworkStream Stream)> StartAsync(int length)
    {
        var socket = new TcpClient { NoDelay = true };
        await socket.ConnectAsync(new Uri(server.Address).Host, new Uri(server.Address).Port);
        var stream = socket.GetStream();
        await stream.WriteAsync(Encoding.ASCII.GetBytes($"POST /dicomweb/studies HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/dicom\r\nContent-Length: {length}\r\n\r\n"));
        return (socket, stream);
    }
}
