using Pacs.Dicom.Datasets;
using Pacs.Dicom.Dictionaries;
using Pacs.Dicom.Net;
using Pacs.TestKit;
using Pacs.TestKit.Processes;
using Pacs.TestKit.Samples;

namespace Pacs.Dicom.Tests.Net;

/// <summary>DCMTK at the other end.</summary>
public sealed class DcmtkTests
{
    private static SampleObject Large { get; } = SampleObjects.Ct(new SampleOptions { Rows = 512, Columns = 512 });

    [Fact]
    public async Task EchoScu_Listener_Succeeds()
    {
        using var server = new TestServer();

        (await Dcmtk.EchoScuAsync(server.Address, "--repeat", "5")).EnsureSucceeded();
        (await Dcmtk.EchoScuAsync(server.Address, "--abort")).EnsureSucceeded();
        await server.ExpectSoundAsync();
    }

    [Theory]
    [InlineData("4096")]
    [InlineData("16384")]
    [InlineData("131072")]
    public async Task StoreScu_InPdusOfAnySize_ArrivesByteByByte(string pdu)
    {
        using var server = new TestServer();
        using var folder = new TemporaryFolder();
        var sample = Large;

        (await Dcmtk.StoreScuAsync(server.Address, [sample.WriteTo(folder.Path)], "--max-send-pdu", pdu, "-xe", "-R")).EnsureSucceeded();

        Assert.True(sample.ToDatasetBytes().AsSpan().SequenceEqual(server.Service.Stored[sample.SopInstanceUid]));
        await server.ExpectSoundAsync();
    }

    [Fact]
    public async Task StoreScu_Aborted_LeavesNothing()
    {
        using var server = new TestServer();
        using var folder = new TemporaryFolder();

        await Dcmtk.StoreScuAsync(server.Address, [Large.WriteTo(folder.Path)], "--abort", "-R");

        await server.ExpectSoundAsync();
    }

    [Fact]
    public async Task FindScu_Answers_Arrive()
    {
        using var server = new TestServer();
        for (var i = 0; i < 20; i++) server.Service.Answers.Add(new DicomDataset().Set(Tags.PatientID, $"PID{i}"));

        var result = (await Dcmtk.FindScuAsync(server.Address, ["QueryRetrieveLevel=STUDY", "PatientID"])).EnsureSucceeded();

        Assert.All(Enumerable.Range(0, 20), i => Assert.Contains($"PID{i}", result.AllOutput));
    }

    [Fact]
    public async Task FindScu_CancelAfterSome_IsCancelled()
    {
        using var server = new TestServer();
        for (var i = 0; i < 200_000; i++) server.Service.Answers.Add(new DicomDataset().Set(Tags.PatientID, $"PID{i}"));

        var result = await Dcmtk.FindScuAsync(server.Address, ["QueryRetrieveLevel=STUDY", "PatientID"], "--cancel", "3");

        Assert.Contains("Cancel", result.AllOutput, StringComparison.OrdinalIgnoreCase);
        Assert.DoesNotContain("PID199999", result.AllOutput);
        await server.ExpectSoundAsync();
    }

    [Fact]
    public async Task GetScu_WithRoleSelection_GetsTheObject()
    {
        using var server = new TestServer();
        using var folder = new TemporaryFolder();
        var sample = Large;
        server.Service.Stored[sample.SopInstanceUid] = sample.ToDatasetBytes();

        (await Dcmtk.GetScuAsync(server.Address, folder.Path, ["QueryRetrieveLevel=STUDY", "StudyInstanceUID=1.2"], "+xe")).EnsureSucceeded();

        var file = Assert.Single(Directory.GetFiles(folder.Path));
        Assert.True((await File.ReadAllBytesAsync(file)).AsSpan().EndsWith(sample.ToDatasetBytes()));
    }

    [Theory]
    [InlineData("4096")]
    [InlineData("131072")]
    public async Task Client_StoreScp_GetsEveryByte(string pdu)
    {
        await using var scp = await StoreScp.StartAsync("STORESCP", "--max-pdu", pdu);
        var sample = Large;
        using (var client = ClientAssociation.Connect(new ClientAssociationOptions
        {
            Host = scp.Address.Host,
            Port = scp.Address.Port,
            CalledAeTitle = scp.Address.AeTitle,
            CallingAeTitle = "CLIENT",
            Contexts = [new ProposedContext(sample.SopClassUid, sample.TransferSyntax.Uid), new ProposedContext(Uids.Verification, Uids.ImplicitVRLittleEndian)],
        }))
        {
            Assert.True(client.Echo().IsSuccess);
            var operation = new StoreOperation(client.FindContexts(sample.SopClassUid)[0], sample.SopClassUid, sample.SopInstanceUid, new MemoryStream(sample.ToDatasetBytes()));
            Assert.True(client.Store(operation).Status.IsSuccess);
            client.Release();
        }

        Assert.True((await File.ReadAllBytesAsync(Assert.Single(scp.Files))).AsSpan().EndsWith(sample.ToDatasetBytes()));
    }
}
