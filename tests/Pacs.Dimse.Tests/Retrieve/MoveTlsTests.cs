using Pacs.Dicom.Messages;
using Pacs.Storage.Peers;
using Pacs.TestKit.Net;
using Pacs.TestKit.Processes;
using Pacs.TestKit.Samples;

namespace Pacs.Dimse.Tests.Retrieve;

/// <summary>C-MOVE to destinations that ask for TLS.</summary>
public sealed class MoveTlsTests
{
    [Fact]
    public async Task Move_DestinationAsksForTls_IsSentOverIt()
    {
        using var certificates = new TestCertificates();
        await using var server = await DimseFixture.StartAsync(
            ("Pacs:Dimse:Tls:CertificateFile", certificates.ClientFile), ("Pacs:Dimse:Tls:CertificateKeyFile", certificates.ClientKeyFile),
            ("Pacs:Dimse:Tls:AuthorityFiles", certificates.AuthorityFile));
        await using var destination = await StoreScp.StartAsync("SECURE", certificates.DcmtkServer);
        var study = SampleObjects.Study(1, 3, SampleOptions.Fresh());
        server.Store(study);

        // Without TLS, and with it but for another name, it does not go.
        var peer = new Peer("SECURE", destination.Address.Host, destination.Address.Port);
        foreach (var wrong in new[] { peer, peer with { Tls = new PeerTls { ServerName = "elsewhere" } } })
        {
            await server.Get<PeerStore>().PutAsync(wrong, default);
            Assert.Equal(DimseStatus.UnableToPerformSuboperations, server.Move("SECURE", RetrieveRequests.Study(study[0].StudyInstanceUid)).Status);
        }
        await server.Get<PeerStore>().PutAsync(peer with { Tls = new PeerTls() }, default);
        var final = server.Move("SECURE", RetrieveRequests.Study(study[0].StudyInstanceUid));
        Assert.Equal((DimseStatus.Success, (null, 3, 0, 0)), (final.Status, final.Counts()));
        Assert.Equal(3, destination.Files.Count);
    }
}
