using System.Diagnostics;
using Microsoft.Extensions.Logging.Abstractions;
using Pacs.Storage.Hosting;
using Pacs.Storage.Ingest;
using Pacs.TestKit;
using Pacs.TestKit.Processes;
using Pacs.TestKit.Samples;

namespace Pacs.Storage.Tests.Ingest;

public sealed class DatabaseAwayTests
{
    [Fact]
    public async Task Complete_DatabaseIsAway_IsRefusedInTimeAndWorksWhenItIsBack()
    {
        using var folder = new TemporaryFolder();
        var postgres = new PacsDatabase(new PacsOptions { DataFolder = folder.File("db") }, NullLoggerFactory.Instance);
        await postgres.StartAsync(default);
        var configuration = new Microsoft.Extensions.Configuration.ConfigurationBuilder();
        configuration.Sources.Add(new Microsoft.Extensions.Configuration.Memory.MemoryConfigurationSource
        {
            InitialData = new Dictionary<string, string?>
            {
                ["Pacs:DataFolder"] = folder.File("data"),
                ["Pacs:Database:ConnectionString"] = postgres.DataSource.ConnectionString,
                ["Pacs:Database:IngestTimeoutSeconds"] = "2",
                ["Pacs:Storage:ReserveBytes"] = "0",
            },
        });
        var process = new StorageProcess(configuration.Build());
        var options = SampleOptions.Fresh();
        Assert.Equal(IngestOutcome.Stored, process.Store(SampleObjects.Ct(options)).Outcome);

        await postgres.DisposeAsync();
        var watch = Stopwatch.StartNew();
        Assert.Equal(IngestOutcome.OutOfResources, process.Store(SampleObjects.Ct(options with { InstanceNumber = 2 })).Outcome);
        Assert.InRange(watch.Elapsed.TotalSeconds, 2, 30);
        Assert.False(await process.Get<PacsDatabase>().IsReadyAsync(default));

        await using var again = new PacsDatabase(new PacsOptions { DataFolder = folder.File("db") }, NullLoggerFactory.Instance);
        await again.StartAsync(default);
        Assert.Equal(IngestOutcome.Stored, process.Store(SampleObjects.Ct(options with { InstanceNumber = 2 })).Outcome);
        Assert.True(await process.Get<PacsDatabase>().IsReadyAsync(default));

        // The one refused is settled: nothing holds the checkpoint any more.
        process.Get<DoubtfulObjects>().Settle(TimeSpan.Zero);
        Assert.Equal(2, Directory.EnumerateFiles(folder.File("data/blobs"), "*.dcm", SearchOption.AllDirectories).Count());
        Assert.Single(Directory.EnumerateFiles(folder.File("data/quarantine"), "*.dcm", SearchOption.AllDirectories));
        process.Dispose();
        Assert.Empty(Directory.EnumerateDirectories(folder.File("data/incoming")));
    }
}
