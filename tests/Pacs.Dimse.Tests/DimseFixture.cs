using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Pacs.Dicom.Datasets;
using Pacs.Dicom.Dictionaries;
using Pacs.Dicom.Net;
using Pacs.Dicom.TransferSyntaxes;
using Pacs.Dimse.Server;
using Pacs.Storage.Peers;
using Pacs.TestKit;
using Pacs.TestKit.Processes;
using Pacs.TestKit.Samples;

namespace Pacs.Dimse.Tests;

/// <summary>The Dimse role on a free port, with a database and a blob folder of its own.</summary>
public sealed class DimseFixture : IAsyncLifetime, IAsyncDisposable
{
    public const string AeTitle = "PACS";

    private IHost _host = null!;

    public DicomAddress Address { get; private set; } = null!;

    public PostgresFixture Postgres { get; } = new();

    private IReadOnlyList<(string Key, string Value)> Settings { get; init; } = [];

    private Action<IServiceCollection>? Configure { get; init; }

    /// <summary>One of a test's own, with services in the place of the product's, or beside them.</summary>
    public static async Task<DimseFixture> StartAsync(Action<IServiceCollection> configure, params IReadOnlyList<(string Key, string Value)> settings)
    {
        var fixture = new DimseFixture { Settings = settings, Configure = configure };
        await fixture.InitializeAsync();
        return fixture;
    }

    /// <summary>One of a test's own, with settings such as <c>("Pacs:Dimse:Rules:Validation", "Iod")</c>.</summary>
    public static async Task<DimseFixture> StartAsync(params IReadOnlyList<(string Key, string Value)> settings)
    {
        var fixture = new DimseFixture { Settings = settings };
        await fixture.InitializeAsync();
        return fixture;
    }

    ValueTask IAsyncDisposable.DisposeAsync() => new(DisposeAsync());

    public async Task InitializeAsync()
    {
        var builder = Host.CreateEmptyApplicationBuilder(null);
        builder.Logging.SetMinimumLevel(LogLevel.Warning);
        builder.Services.AddPacsDimse(Postgres.Configuration([.. Settings.Concat<(string Key, string Value)>([("Pacs:Dimse:Port", "0"), ("Pacs:Dimse:BindAddress", "127.0.0.1")]).DistinctBy(s => s.Key)]));
        Configure?.Invoke(builder.Services);
        _host = builder.Build();
        await _host.StartAsync();
        Address = new DicomAddress(AeTitle, Get<DimseServer>().EndPoint.Port);
    }

    public async Task DisposeAsync()
    {
        await _host.StopAsync();
        _host.Dispose();
        Postgres.Dispose();
    }

    public T Get<T>() where T : notnull => _host.Services.GetRequiredService<T>();

    public Task AddPeerAsync(DicomAddress address) => Get<PeerStore>().PutAsync(new Peer(address.AeTitle, address.Host, address.Port), default);

    public ClientAssociation Connect(params IReadOnlyList<ProposedContext> contexts) => ClientAssociation.Connect(new ClientAssociationOptions
    {
        Host = Address.Host,
        Port = Address.Port,
        CalledAeTitle = AeTitle,
        CallingAeTitle = "TESTER",
        Contexts = contexts,
    });

    /// <summary>Stores the objects by C-STORE; all have to succeed.</summary>
    public void Store(params IReadOnlyList<SampleObject> samples)
    {
        using var association = Connect([.. samples.Select(s => (s.SopClassUid, s.TransferSyntax.Uid)).Distinct().Select(c => new ProposedContext(c.SopClassUid, c.Uid))]);
        foreach (var sample in samples)
        {
            var response = Store(association, sample, sample.ToDatasetBytes());
            Assert.True(response.Status.IsSuccess, $"{response.Status} {response.ErrorComment}");
        }
    }

    public static Pacs.Dicom.Messages.CommandSet Store(ClientAssociation association, SampleObject sample, byte[] bytes, string? sopClassUid = null, string? sopInstanceUid = null)
    {
        var context = association.Info.Contexts.First(c => c.AbstractSyntax == sample.SopClassUid && c.TransferSyntax == sample.TransferSyntax);
        return association.Store(new StoreOperation(context, sopClassUid ?? sample.SopClassUid, sopInstanceUid ?? sample.SopInstanceUid, new MemoryStream(bytes)));
    }

    /// <summary>C-FIND in Study Root: the matches, after a final status of success.</summary>
    public IReadOnlyList<DicomDataset> Find(DicomDataset identifier, string sopClass = Uids.StudyRootQueryRetrieveInformationModelFind)
    {
        var (matches, final) = TryFind(identifier, sopClass);
        Assert.True(final.Status.IsSuccess, $"{final.Status} {final.Command.ErrorComment}");
        return matches;
    }

    public (IReadOnlyList<DicomDataset> Matches, DimseResponse Final) TryFind(DicomDataset identifier, string sopClass = Uids.StudyRootQueryRetrieveInformationModelFind)
    {
        using var association = Connect(new ProposedContext(sopClass, TransferSyntaxRegistry.ExplicitVrLittleEndian.Uid));
        var responses = association.Find(sopClass, identifier).ToList();
        return ([.. responses.SkipLast(1).Select(r => r.Dataset!)], responses[^1]);
    }
}
