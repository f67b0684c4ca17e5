using System.Net;
using Microsoft.Extensions.Logging.Abstractions;
using Pacs.Dicom.Messages;
using Pacs.Storage.Hosting;
using Pacs.TestKit;
using Pacs.TestKit.Clients;
using Pacs.TestKit.Processes;
using Pacs.TestKit.Samples;

namespace Pacs.System.Tests.BadInput;

/// <summary>A database that goes away and comes back: refusals meanwhile, then all as before.</summary>
public sealed class DatabaseOutageTests
{
    [Fact]
    public async Task DatabaseStoppedAndStarted_StoresAreRefusedMeanwhileAndNothingAcknowledgedIsLost()
    {
        using var folder = new TemporaryFolder();
        var database = await StartDatabaseAsync(folder);
        await using var server = await PacsServer.StartAsync(new PacsServerOptions
        {
            Settings = new Dictionary<string, string>
            {
                ["PACS__Database__ConnectionString"] = database.DataSource.ConnectionString,
                ["PACS__Database__IngestTimeoutSeconds"] = "2",
            },
        });
        var (scu, web) = (new TestScu(server.Dimse), new DicomWebClient(server.Http));
        var study = SampleObjects.Study(1, 4, SampleOptions.Fresh());
        Assert.True((await scu.StoreAsync(study[0]))?.Status.IsSuccess);

        await database.DisposeAsync();
        Assert.Equal(DimseStatus.OutOfResources, (await scu.StoreAsync(study[1]))?.Status);
        using (var stow = await web.StowAsync([study[2].ToPart10()])) Assert.Equal(HttpStatusCode.ServiceUnavailable, stow.StatusCode);
        using (var qido = await server.Http.GetAsync("/dicomweb/studies")) Assert.Equal(HttpStatusCode.ServiceUnavailable, qido.StatusCode);
        using (var ready = await server.Http.GetAsync("/health/ready")) Assert.Equal(HttpStatusCode.ServiceUnavailable, ready.StatusCode);
        using (var live = await server.Http.GetAsync("/health/live")) Assert.Equal(HttpStatusCode.OK, live.StatusCode);
        (await Dcmtk.EchoScuAsync(server.Dimse)).EnsureSucceeded();

        database = await StartDatabaseAsync(folder);
        await Eventually.TrueAsync(async () => (await scu.StoreAsync(study[1]))?.Status.IsSuccess == true);
        Assert.Null(await web.StowAsync(study[3].ToPart10()));
        var found = await web.QidoAsync($"studies/{study[0].StudyInstanceUid}/instances");
        Assert.Equal(new[] { study[0], study[1], study[3] }.Select(o => o.SopInstanceUid).Order(), found.Select(f => DicomWebClient.ValueOf(f, "00080018")).Order());
        await database.DisposeAsync();
    }

    private static async Task<PacsDatabase> StartDatabaseAsync(TemporaryFolder folder)
    {
        var database = new PacsDatabase(new PacsOptions { DataFolder = folder.File("index") }, NullLoggerFactory.Instance);
        await database.StartAsync(CancellationToken.None);
        return database;
    }
}
