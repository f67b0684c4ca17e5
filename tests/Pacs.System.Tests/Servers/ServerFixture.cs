using Pacs.TestKit.Clients;
using Pacs.TestKit.Processes;

namespace Pacs.System.Tests.Servers;

/// <summary>A running server that the tests of a class share.</summary>
public abstract class ServerFixture(Arrangement arrangement, IReadOnlyDictionary<string, string>? settings = null, bool makesItsIndex = false) : IAsyncLifetime
{
    private PacsServer? _server;

    public PacsServer Server => _server!;
    public TestScu Scu => new(Server.Dimse);
    public DicomWebClient Web => new(Server.Http);

    public async Task InitializeAsync() => _server = await PacsServer.StartAsync(
        new PacsServerOptions { Arrangement = arrangement, Settings = settings ?? new Dictionary<string, string>(), MakesItsIndex = makesItsIndex });

    public async Task DisposeAsync()
    {
        if (_server is not null) await _server.DisposeAsync();
    }
}
