using Pacs.Dicom.Datasets;
using Pacs.Dicom.Dictionaries;
using Pacs.Dicom.Net;
using Pacs.System.Tests.Servers;
using Pacs.TestKit;
using Pacs.TestKit.Clients;
using Pacs.TestKit.Processes;
using Pacs.TestKit.Samples;

namespace Pacs.System.Tests.ForeignClients;

/// <summary>DCMTK's clients at several listeners of one server, with TLS and without.</summary>
public sealed class ListenerTests(ListenerServer fixture) : IClassFixture<ListenerServer>
{
    private static readonly string[] Anonymous = ["+tla", "-ic"];

    private IReadOnlyList<string> WithCertificate => fixture.Certificates.DcmtkClient;

    [Fact]
    public async Task Listeners_EachWithItsPortAndTitle_ServeTheSameArchive()
    {
        using var folder = new TemporaryFolder();
        var sample = SampleObjects.Ct(SampleOptions.Fresh());
        (await Dcmtk.StoreScuAsync(fixture.Research, [sample.WriteTo(folder.Path)])).EnsureSucceeded();
        Assert.Single(await Dcmtk.FindScuAsync(fixture.Server.Dimse, Keys(sample), folder));

        Assert.NotEqual(0, (await Dcmtk.EchoScuAsync(fixture.Research with { AeTitle = "OTHER" })).ExitCode);
        (await Dcmtk.EchoScuAsync(fixture.Server.Dimse with { AeTitle = "OTHER" })).EnsureSucceeded();
    }

    [Fact]
    public async Task Tls_WithoutClientCertificate_StoresFindsAndFetches() => await RoundTripAsync(fixture.Secure, Anonymous);

    [Fact]
    public async Task Tls_WithClientCertificate_StoresFindsAndFetches()
    {
        await RoundTripAsync(fixture.Mutual, WithCertificate);
        (await Dcmtk.EchoScuAsync(fixture.Secure, WithCertificate)).EnsureSucceeded();
    }

    [Theory]
    [InlineData("+py")]
    [InlineData("+px")]
    [InlineData("+pz")]
    public async Task Tls_EveryProfileOfBcp195_IsSpoken(string profile) =>
        (await Dcmtk.EchoScuAsync(fixture.Mutual, [.. WithCertificate, profile])).EnsureSucceeded();

    [Fact]
    public async Task Tls_CallerWithoutWhatIsAskedFor_GetsNoAssociation()
    {
        Assert.NotEqual(0, (await Dcmtk.EchoScuAsync(fixture.Mutual, Anonymous)).ExitCode);
        Assert.NotEqual(0, (await Dcmtk.EchoScuAsync(fixture.Mutual, "-to", "5", "-ta", "5")).ExitCode);
        (await Dcmtk.EchoScuAsync(fixture.Mutual, WithCertificate)).EnsureSucceeded();
    }

    [Fact]
    public async Task MoveScu_DestinationWithTls_IsSentTheStudyOverIt()
    {
        using var folder = new TemporaryFolder();
        var sample = SampleObjects.Ct(SampleOptions.Fresh());
        (await Dcmtk.StoreScuAsync(fixture.Server.Dimse, [sample.WriteTo(folder.Path)])).EnsureSucceeded();
        await using var destination = await StoreScp.StartAsync($"SCP{Random.Shared.Next():X8}", fixture.Certificates.DcmtkServer);
        await fixture.PutAsync($"peers/{destination.Address.AeTitle}", new { host = "localhost", port = destination.Address.Port, tls = new { serverName = "localhost" } });
        (await Dcmtk.MoveScuAsync(fixture.Server.Dimse, destination.Address.AeTitle, Keys(sample))).EnsureSucceeded();

        Assert.Equal(sample.ToDatasetBytes(), Part10.DatasetOf(await File.ReadAllBytesAsync(Assert.Single(destination.Files))));
    }

    private async Task RoundTripAsync(DicomAddress address, IReadOnlyList<string> tls)
    {
        using var folder = new TemporaryFolder();
        var sample = SampleObjects.Ct(SampleOptions.Fresh());
        (await Dcmtk.EchoScuAsync(address, tls)).EnsureSucceeded();
        (await Dcmtk.StoreScuAsync(address, [sample.WriteTo(folder.Path)], tls)).EnsureSucceeded();
        Assert.Single(await Dcmtk.FindScuAsync(address, Keys(sample), folder, [.. tls, "-S"]));

        // getscu and movescu speak no TLS.
        await Task.Run(() => Fetch(address, sample, tls == Anonymous));
    }

    private void Fetch(DicomAddress address, SampleObject sample, bool isAnonymous)
    {
        const string model = Uids.StudyRootQueryRetrieveInformationModelGet;
        using var association = ClientAssociation.Connect(new ClientAssociationOptions
        {
            Host = address.Host,
            Port = address.Port,
            CalledAeTitle = address.AeTitle,
            CallingAeTitle = TestScu.AeTitle,
            Contexts = [new(model, Uids.ExplicitVRLittleEndian), new(sample.SopClassUid, sample.TransferSyntax.Uid) { AsScp = true }],
            Tls = () => fixture.Certificates.ClientOptions(hasCertificate: !isAnonymous),
        });
        var store = new CollectingStore([new ServiceContext(sample.SopClassUid, [sample.TransferSyntax.Uid])]);
        var identifier = new DicomDataset().Set(Tags.QueryRetrieveLevel, "STUDY").Set(Tags.StudyInstanceUID, sample.StudyInstanceUid);
        Assert.True(association.Get(model, identifier, store).Last().Status.IsSuccess);
        Assert.Equal(sample.ToDatasetBytes(), Assert.Single(store.Objects).Dataset);
        association.Release();
    }

    private static string[] Keys(SampleObject sample) => ["QueryRetrieveLevel=STUDY", $"StudyInstanceUID={sample.StudyInstanceUid}"];
}
