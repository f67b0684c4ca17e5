using Pacs.Dicom.Dictionaries;
using Pacs.Dicom.Files;
using Pacs.Dicom.Messages;
using Pacs.Dicom.TransferSyntaxes;
using Pacs.TestKit.Processes;
using Pacs.TestKit.Samples;

namespace Pacs.Dimse.Tests.Retrieve;

/// <summary>C-MOVE by movescu to a storescp of every transfer syntax switch: native objects always arrive, compressed ones where it takes what they are stored in.</summary>
public sealed class StoreScpSwitchTests(DimseFixture server) : IClassFixture<DimseFixture>
{
    [Theory]
    [InlineData("+x=", null)]
    [InlineData("+xe", null)]
    [InlineData("+xb", null)]
    [InlineData("+xi", null)]
    [InlineData("+xd", null)]
    [InlineData("+xs", Uids.JPEGLosslessSV1)]
    [InlineData("+xy", Uids.JPEGBaseline8Bit)]
    [InlineData("+xx", Uids.JPEGExtended12Bit)]
    [InlineData("+xv", Uids.JPEG2000Lossless)]
    [InlineData("+xw", Uids.JPEG2000)]
    [InlineData("+xt", Uids.JPEGLSLossless)]
    [InlineData("+xu", Uids.JPEGLSNearLossless)]
    [InlineData("+xm", Uids.MPEG2MPML)]
    [InlineData("+xh", Uids.MPEG2MPHL)]
    [InlineData("+xn", Uids.MPEG4HP41)]
    [InlineData("+xl", Uids.MPEG4HP41BD)]
    [InlineData("+x2", Uids.MPEG4HP422D)]
    [InlineData("+x3", Uids.MPEG4HP423D)]
    [InlineData("+xo", Uids.MPEG4HP42STEREO)]
    [InlineData("+x4", Uids.HEVCMP51)]
    [InlineData("+x5", Uids.HEVCM10P51)]
    [InlineData("+xr", Uids.RLELossless)]
    public async Task MoveScu_StoreScpOfEverySwitch_GetsWhatItTakes(string preferred, string? compressed)
    {
        string[] native = [Uids.ExplicitVRLittleEndian, Uids.ImplicitVRLittleEndian, Uids.ExplicitVRBigEndian, Uids.DeflatedExplicitVRLittleEndian];
        var options = SampleOptions.Fresh() with { Rows = 8, Columns = 8 };
        SampleObject[] study =
        [
            .. native.Select((uid, i) => SampleObjects.Ct(options with { InstanceNumber = i + 1, TransferSyntax = TransferSyntaxRegistry.GetOrAssume(uid) })),
            SampleObjects.Encapsulated(options with { SeriesNumber = 2, TransferSyntax = TransferSyntaxRegistry.GetOrAssume(compressed ?? Uids.JPEGBaseline8Bit) }),
        ];
        server.Store(study);
        await using var destination = await StoreScp.StartAsync("SWITCH", preferred);
        await server.AddPeerAsync(destination.Address);
        var moved = await Dcmtk.MoveScuAsync(server.Address, "SWITCH", ["QueryRetrieveLevel=STUDY", $"StudyInstanceUID={study[0].StudyInstanceUid}"], "-d");

        var arrived = destination.Files.Select(f => DicomFile.Open(f).FileMeta).ToDictionary(f => f.MediaStorageSopInstanceUid, f => f.TransferSyntax);
        SampleObject[] expected = compressed is null ? study[..4] : study;
        Assert.Equal(expected.Select(s => s.SopInstanceUid).Order(), arrived.Keys.Order());
        Assert.All(study[..4], s => Assert.True(arrived[s.SopInstanceUid].IsNative));
        if (compressed is not null) Assert.Equal(compressed, arrived[study[4].SopInstanceUid].Uid);
        Assert.Contains($"0x{(compressed is null ? DimseStatus.SuboperationsWithFailures : DimseStatus.Success).Value:x4}", moved.Output + moved.Error);
    }
}
