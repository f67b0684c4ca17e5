using System.Net.Http.Json;
using Pacs.Dicom.Datasets;
using Pacs.Dicom.Dictionaries;
using Pacs.Dicom.Files;
using Pacs.Dicom.Parsing;
using Pacs.Dicom.TransferSyntaxes;
using Pacs.System.Tests.Servers;
using Pacs.TestKit;
using Pacs.TestKit.Clients;
using Pacs.TestKit.Processes;
using Pacs.TestKit.Samples;

namespace Pacs.System.Tests.ForeignClients;

/// <summary>Every transfer syntax switch of DCMTK's clients.</summary>
public sealed class TransferSyntaxSwitchTests(OneProcessServer fixture) : IClassFixture<OneProcessServer>
{
    private readonly PacsServer _server = fixture.Server;

    /// <summary>The letter behind -x (storescu proposes) and +x (getscu prefers), and what it stands for.</summary>
    public static TheoryData<string, string> Switches => new()
    {
        { "=", Uids.ExplicitVRLittleEndian },
        { "e", Uids.ExplicitVRLittleEndian },
        { "b", Uids.ExplicitVRBigEndian },
        { "i", Uids.ImplicitVRLittleEndian },
        { "s", Uids.JPEGLosslessSV1 },
        { "y", Uids.JPEGBaseline8Bit },
        { "x", Uids.JPEGExtended12Bit },
        { "v", Uids.JPEG2000Lossless },
        { "w", Uids.JPEG2000 },
        { "t", Uids.JPEGLSLossless },
        { "u", Uids.JPEGLSNearLossless },
        { "m", Uids.MPEG2MPML },
        { "h", Uids.MPEG2MPHL },
        { "n", Uids.MPEG4HP41 },
        { "l", Uids.MPEG4HP41BD },
        { "2", Uids.MPEG4HP422D },
        { "3", Uids.MPEG4HP423D },
        { "o", Uids.MPEG4HP42STEREO },
        { "4", Uids.HEVCMP51 },
        { "5", Uids.HEVCM10P51 },
        { "r", Uids.RLELossless },
        { "d", Uids.DeflatedExplicitVRLittleEndian },
    };

    [Theory]
    [MemberData(nameof(Switches))]
    public async Task StoreScuAndGetScu_EverySwitch_KeepTheDatasetInItsSyntax(string letter, string uid)
    {
        using var folder = new TemporaryFolder();
        var sample = Sample(uid);
        (await Dcmtk.StoreScuAsync(_server.Dimse, [sample.WriteTo(folder.Path)], $"-x{letter}")).EnsureSucceeded();

        var stored = Assert.Single(await fixture.Web.WadoAsync($"studies/{sample.StudyInstanceUid}"));
        AssertSame(sample, stored);

        var fetched = Directory.CreateDirectory(folder.File("fetched")).FullName;
        (await Dcmtk.GetScuAsync(_server.Dimse, fetched, StudyKeys(sample), $"+x{letter}")).EnsureSucceeded();
        var file = await File.ReadAllBytesAsync(Assert.Single(Directory.GetFiles(fetched)));
        // For +xi DCMTK 3.6.7 proposes Explicit VR alone: the object is converted.
        AssertSame(letter == "i" ? sample with { TransferSyntax = TransferSyntaxRegistry.ExplicitVrLittleEndian } : sample, file);
    }

    [Theory]
    [InlineData("-x=")]
    [InlineData("-xe")]
    [InlineData("-xb")]
    [InlineData("-xi")]
    [InlineData("-xd")]
    public async Task FindScuGetScuMoveScu_EverySyntaxOfIdentifiers_IsAnswered(string proposed)
    {
        using var folder = new TemporaryFolder();
        var sample = await StoreAsync(Sample(Uids.ExplicitVRLittleEndian));
        await using var destination = await StoreScp.StartAsync($"SCP{Random.Shared.Next():X8}");
        await AddPeerAsync(destination.Address);

        foreach (var model in new[] { "-P", "-S", "-O" })
            Assert.Single(await Dcmtk.FindScuAsync(_server.Dimse, ["QueryRetrieveLevel=STUDY", $"PatientID={sample.PatientId}", $"StudyInstanceUID={sample.StudyInstanceUid}"], folder, model, proposed));
        (await Dcmtk.GetScuAsync(_server.Dimse, folder.Path, StudyKeys(sample), proposed)).EnsureSucceeded();
        Assert.Single(Directory.GetFiles(folder.Path));
        (await Dcmtk.MoveScuAsync(_server.Dimse, destination.Address.AeTitle, StudyKeys(sample), proposed)).EnsureSucceeded();
        AssertSame(sample, await File.ReadAllBytesAsync(Assert.Single(destination.Files)));
    }

    /// <summary>A destination that takes one native syntax only gets native objects in that.</summary>
    [Theory]
    [InlineData("+xi", Uids.ImplicitVRLittleEndian)]
    [InlineData("+xe", Uids.ExplicitVRLittleEndian)]
    [InlineData("+xb", Uids.ExplicitVRBigEndian)]
    public async Task StoreScp_PrefersANativeSyntax_GetsTheValues(string preferred, string uid)
    {
        var sample = await StoreAsync(Sample(uid == Uids.ImplicitVRLittleEndian ? Uids.ExplicitVRLittleEndian : Uids.ImplicitVRLittleEndian));
        await using var destination = await StoreScp.StartAsync($"SCP{Random.Shared.Next():X8}", [preferred]);
        await AddPeerAsync(destination.Address);
        (await Dcmtk.MoveScuAsync(_server.Dimse, destination.Address.AeTitle, StudyKeys(sample))).EnsureSucceeded();

        var (meta, dataset) = Part10.Split(await File.ReadAllBytesAsync(Assert.Single(destination.Files)));
        Assert.Equal(sample.Dataset.GetString(Tags.PatientID), DatasetReader.Read(dataset, meta.TransferSyntax).GetString(Tags.PatientID));
    }

    private static string[] StudyKeys(SampleObject sample) => ["QueryRetrieveLevel=STUDY", $"StudyInstanceUID={sample.StudyInstanceUid}"];

    private static SampleObject Sample(string uid)
    {
        var syntax = TransferSyntaxRegistry.GetOrAssume(uid);
        var options = SampleOptions.Fresh() with { TransferSyntax = syntax };
        return syntax.IsEncapsulated ? SampleObjects.Encapsulated(options) : SampleObjects.Ct(options);
    }

    private async Task<SampleObject> StoreAsync(SampleObject sample)
    {
        Assert.True((await fixture.Scu.StoreAsync(sample))?.Status.IsSuccess);
        return sample;
    }

    private async Task AddPeerAsync(DicomAddress peer)
    {
        using var response = await _server.Http.PutAsJsonAsync($"/api/v1/peers/{peer.AeTitle}", new { host = peer.Host, port = peer.Port });
        Assert.True(response.IsSuccessStatusCode, await response.Content.ReadAsStringAsync());
    }

    /// <summary>The same syntax and the same elements; a deflated data set may be deflated otherwise.</summary>
    private static void AssertSame(SampleObject expected, byte[] file)
    {
        var everything = new DatasetLimits { KeepBulkData = true };
        var (meta, dataset) = Part10.Split(file);
        Assert.Equal(expected.TransferSyntax, meta.TransferSyntax);
        Assert.Equal(CompactHeader.Encode(DatasetReader.Read(expected.ToDatasetBytes(), expected.TransferSyntax, everything)),
            CompactHeader.Encode(DatasetReader.Read(dataset, meta.TransferSyntax, everything)));
    }
}
