using Pacs.Storage.Jobs;
using Pacs.Storage.Peers;
using Pacs.TestKit.Net;
using Pacs.TestKit.Processes;
using Pacs.TestKit.Samples;

namespace Pacs.Worker.Tests.Forwarding;

public sealed class ForwardTlsTests(WorkerFixture archive) : IClassFixture<WorkerFixture>
{
    [Fact]
    public async Task Forward_PeerAsksForTls_ArrivesOverIt()
    {
        using var certificates = new TestCertificates();
        await using var destination = await StoreScp.StartAsync("FWDTLS", certificates.DcmtkServer);
        await archive.Peers.PutAsync(new Peer("FWDTLS", destination.Address.Host, destination.Address.Port) { Tls = new PeerTls() }, default);
        var study = SampleObjects.Study(1, 3, SampleOptions.Fresh());
        archive.Store(study);
        using var worker = await archive.StartWorkerAsync(
            ("Pacs:Dimse:Tls:CertificateFile", certificates.ClientFile), ("Pacs:Dimse:Tls:CertificateKeyFile", certificates.ClientKeyFile),
            ("Pacs:Dimse:Tls:AuthorityFiles", certificates.AuthorityFile));
        var created = await archive.Jobs.CreateAsync(new JobRequest("forward") { StudyInstanceUid = study[0].StudyInstanceUid, Peer = "FWDTLS" }, default);
        await archive.EventuallyAsync(created.Id, JobState.Done);
        Assert.Equal(3, destination.Files.Count);
        await worker.StopAsync();
    }
}
