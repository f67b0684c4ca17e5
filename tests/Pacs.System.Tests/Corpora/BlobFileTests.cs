using Pacs.System.Tests.Servers;
using Pacs.TestKit;
using Pacs.TestKit.Net;
using Pacs.TestKit.Processes;
using Pacs.TestKit.Samples;

namespace Pacs.System.Tests.Corpora;

/// <summary>What lies in the blob folder and in the log after objects have come.</summary>
public sealed class BlobFileTests(TalkativeServer fixture) : IClassFixture<TalkativeServer>
{
    [Fact]
    public async Task Store_OneOfEachKind_AreFilesThatOtherProgramsOpenWhereTheyLie()
    {
        foreach (var sample in SampleObjects.OneOfEach(SampleOptions.Fresh()))
        {
            Assert.True((await fixture.Scu.StoreAsync(sample))?.Status.IsSuccess);
            var file = FileOf(sample);
            Assert.Contains(sample.SopInstanceUid, await Dcmtk.DumpAsync(file, "+fo"), StringComparison.Ordinal);
            (await ExternalProcess.RunAsync("dcmftest", [file])).EnsureSucceeded();
        }
    }

    [Fact]
    public async Task Store_SignedObject_KeepsTheSignature()
    {
        using var folder = new TemporaryFolder();
        using var certificates = new TestCertificates();
        var sample = SampleObjects.Ct(SampleOptions.Fresh());
        var signed = sample.WriteTo(folder.Path);
        (await ExternalProcess.RunAsync("dcmsign", ["+s", certificates.ClientKeyFile, certificates.ClientFile, "-pw", "+m2", signed, signed])).EnsureSucceeded();
        (await Dcmtk.StoreScuAsync(fixture.Server.Dimse, [signed])).EnsureSucceeded();

        (await ExternalProcess.RunAsync("dcmsign", ["--verify", "+rg", "+cf", certificates.AuthorityFile, FileOf(sample)])).EnsureSucceeded();
    }

    [Fact]
    public async Task Store_EachObjectAndItsAssociation_LeaveEventsInTheLog()
    {
        var sample = SampleObjects.Ct(SampleOptions.Fresh());
        Assert.True((await fixture.Scu.StoreAsync(sample))?.Status.IsSuccess);
        await Eventually.TrueAsync(() => fixture.Server.Log.Any(l => l.Contains(sample.SopInstanceUid, StringComparison.Ordinal)));
        var line = fixture.Server.Log.First(l => l.Contains(sample.SopInstanceUid, StringComparison.Ordinal)).Trim();
        var association = line[..line.IndexOf(':', StringComparison.Ordinal)];
        await Eventually.TrueAsync(() => fixture.Server.Log.Count(l => l.Contains(association, StringComparison.Ordinal)) >= 3);
    }

    private string FileOf(SampleObject sample) =>
        Assert.Single(Directory.GetFiles(fixture.Server.DataFolder, sample.SopInstanceUid + ".*.dcm", SearchOption.AllDirectories));
}
