using System.Collections.Concurrent;
using Pacs.Dicom.Net;
using Pacs.System.Tests.Servers;
using Pacs.TestKit;
using Pacs.TestKit.Clients;
using Pacs.TestKit.Processes;
using Pacs.TestKit.Samples;
using Xunit.Abstractions;

namespace Pacs.System.Tests.Durability;

/// <summary>An acknowledgement is a promise: what was acknowledged survives the death of every process at any moment.</summary>
public sealed class KillTests(ITestOutputHelper output)
{
    private const int Associations = 4;

    [Theory]
    [InlineData(Arrangement.OneProcess)]
    [InlineData(Arrangement.ThreeProcesses)]
    public async Task Kill_DuringStores_EveryAcknowledgedObjectIsWholeAndIndexed(Arrangement arrangement)
    {
        await using var server = await PacsServer.StartAsync(new PacsServerOptions { Arrangement = arrangement });
        var sent = new ConcurrentDictionary<string, SampleObject>();
        var acknowledged = new ConcurrentBag<string>();
        foreach (var acknowledgements in new[] { 25, 150, 60 })
        {
            var senders = Enumerable.Range(0, Associations).Select(_ => Task.Run(() => StoreUntilTheServerDies(server, sent, acknowledged))).ToList();
            var before = acknowledged.Count;
            await Eventually.TrueAsync(() => acknowledged.Count >= before + acknowledgements);
            await server.KillAsync();
            await Task.WhenAll(senders);
            await server.StartAgainAsync();
        }

        var indexed = await IndexedAsync(server, sent.Values.Select(o => o.StudyInstanceUid).Distinct());
        output.WriteLine($"{sent.Count} sent, {acknowledged.Count} acknowledged, {indexed.Count} indexed after three kills.");
        Assert.Empty(acknowledged.Except(indexed.Keys));
        // An object that was not acknowledged may be there – but then whole, as all that the index knows.
        var web = new DicomWebClient(server.Http);
        foreach (var (instance, path) in indexed)
        {
            var file = Assert.Single(await web.WadoAsync(path));
            Assert.True(sent[instance].ToDatasetBytes().AsSpan().SequenceEqual(Part10.DatasetOf(file)), $"{instance} is not as it was sent.");
        }
        Assert.Equal(indexed.Count, Directory.EnumerateFiles(Path.Combine(server.DataFolder, "blobs"), "*.dcm", SearchOption.AllDirectories).Count());
        Assert.Empty(Directory.EnumerateFiles(Path.Combine(server.DataFolder, "incoming"), "*.part", SearchOption.AllDirectories));
    }

    [Fact]
    public async Task KillOfTheDatabase_DuringStores_ServerRecoversByItselfAndNothingAcknowledgedIsLost()
    {
        await using var server = await PacsServer.StartAsync();
        var scu = new TestScu(server.Dimse);
        var study = SampleObjects.Study(1, 40, SampleOptions.Fresh());
        var acknowledged = new List<string>();
        foreach (var (index, sample) in study.Index())
        {
            if (index == 20) server.KillDatabase();
            if ((await scu.StoreAsync(sample))?.Status.IsSuccess == true) acknowledged.Add(sample.SopInstanceUid);
        }
        await Eventually.TrueAsync(async () => (await scu.StoreAsync(study[^1]))?.Status.IsSuccess == true);

        var indexed = await IndexedAsync(server, [study[0].StudyInstanceUid]);
        Assert.Empty(acknowledged.Except(indexed.Keys));
    }

    private static void StoreUntilTheServerDies(PacsServer server, ConcurrentDictionary<string, SampleObject> sent, ConcurrentBag<string> acknowledged)
    {
        var options = SampleOptions.Fresh();
        try
        {
            var first = SampleObjects.Ct(options);
            using var association = new TestScu(server.Dimse).Connect([new(first.SopClassUid, first.TransferSyntax.Uid)]);
            var context = association.FindContexts(first.SopClassUid)[0];
            for (var number = 1; ; number++)
            {
                var sample = SampleObjects.Ct(options with { InstanceNumber = number });
                sent[sample.SopInstanceUid] = sample;
                var response = association.Store(new StoreOperation(context, sample.SopClassUid, sample.SopInstanceUid, new MemoryStream(sample.ToDatasetBytes())));
                if (response.Status.IsSuccess) acknowledged.Add(sample.SopInstanceUid);
            }
        }
        catch (AssociationException)
        {
            // The server is dead, as it should be.
        }
    }

    private static async Task<IReadOnlyDictionary<string, string>> IndexedAsync(PacsServer server, IEnumerable<string> studies)
    {
        const int PageSize = 500;
        var web = new DicomWebClient(server.Http);
        var paths = new Dictionary<string, string>();
        foreach (var study in studies)
        {
            for (var count = PageSize; count == PageSize;)
            {
                var page = await web.QidoAsync($"studies/{study}/instances?limit={PageSize}&offset={paths.Values.Count(p => p.Contains(study, StringComparison.Ordinal))}");
                count = page.Count;
                foreach (var match in page)
                {
                    var instance = DicomWebClient.ValueOf(match, "00080018")!;
                    paths.Add(instance, $"studies/{study}/series/{DicomWebClient.ValueOf(match, "0020000E")}/instances/{instance}");
                }
            }
        }
        return paths;
    }
}
