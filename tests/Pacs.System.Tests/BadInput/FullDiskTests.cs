using System.Net;
using Pacs.Dicom.Datasets;
using Pacs.Dicom.Dictionaries;
using Pacs.Dicom.Messages;
using Pacs.TestKit;
using Pacs.TestKit.Clients;
using Pacs.TestKit.Processes;
using Pacs.TestKit.Samples;
using Xunit.Abstractions;

namespace Pacs.System.Tests.BadInput;

/// <summary>A full disk refuses what is new, keeps what is there, and is over when there is room again.</summary>
public sealed class FullDiskTests(ITestOutputHelper output)
{
    [Fact]
    public async Task ReserveUsedUp_StoresAreRefusedWithA700And503()
    {
        await using var server = await PacsServer.StartAsync(new PacsServerOptions { Settings = new Dictionary<string, string> { ["PACS__Storage__ReserveBytes"] = $"{1L << 60}" }, WaitsForReadiness = false });
        var sample = SampleObjects.Ct(SampleOptions.Fresh());

        Assert.Equal(DimseStatus.OutOfResources, (await new TestScu(server.Dimse).StoreAsync(sample))?.Status);
        using var stow = await new DicomWebClient(server.Http).StowAsync([sample.ToPart10()]);
        Assert.Equal(HttpStatusCode.ServiceUnavailable, stow.StatusCode);
        Assert.Empty(await new DicomWebClient(server.Http).QidoAsync("instances"));
    }

    [Fact]
    public async Task ReserveOfTheDatabasesDiskUsedUp_StoresAreRefusedUntilThereIsRoom()
    {
        using var disk = await SmallDisk.TryMountAsync(megabytes: 384, output.WriteLine);
        if (disk is null) return;
        using var blobs = new TemporaryFolder();
        await using var server = await PacsServer.StartAsync(new PacsServerOptions
        {
            DataFolder = disk.File("data"),
            Settings = new Dictionary<string, string>
            {
                ["PACS__Storage__ReserveBytes"] = $"{64 << 20}",
                ["PACS__Storage__BlobFolder"] = blobs.File("blobs"),
            },
        });
        var scu = new TestScu(server.Dimse);
        var options = SampleOptions.Fresh();
        var first = SampleObjects.Ct(options with { InstanceNumber = 1 });
        Assert.Equal(DimseStatus.Success, (await scu.StoreAsync(first))?.Status);

        using (var ballast = File.Create(disk.File("ballast")))
            for (var block = new byte[1 << 20]; new DriveInfo(disk.File("data")).AvailableFreeSpace > 48 << 20;) await ballast.WriteAsync(block);
        await Eventually.TrueAsync(async () => (await scu.StoreAsync(SampleObjects.Ct(options with { InstanceNumber = 2 })))?.Status == DimseStatus.OutOfResources);
        using (var ready = await server.Http.GetAsync("/health/ready"))
            Assert.Contains("private database's disk", await ready.Content.ReadAsStringAsync(), StringComparison.Ordinal);
        Assert.NotEmpty(await new DicomWebClient(server.Http).QidoAsync($"instances?SOPInstanceUID={first.SopInstanceUid}"));

        File.Delete(disk.File("ballast"));
        await Eventually.TrueAsync(async () => (await scu.StoreAsync(SampleObjects.Ct(options with { InstanceNumber = 3 })))?.Status == DimseStatus.Success);
    }

    [Fact]
    public async Task FileSystemRunsFull_StoresAreRefusedUntilThereIsRoomAndNothingAcknowledgedIsLost()
    {
        using var disk = await SmallDisk.TryMountAsync(megabytes: 24, output.WriteLine);
        if (disk is null) return;
        await using var server = await PacsServer.StartAsync(new PacsServerOptions
        {
            Settings = new Dictionary<string, string>
            {
                ["PACS__Storage__ReserveBytes"] = "0",
                ["PACS__Storage__BlobFolder"] = disk.File("blobs"),
                ["PACS__Storage__IncomingFolder"] = disk.File("incoming"),
                ["PACS__Storage__QuarantineFolder"] = disk.File("quarantine"),
            },
        });
        var scu = new TestScu(server.Dimse);
        var options = SampleOptions.Fresh() with { Rows = 1024, Columns = 1024 };
        await File.WriteAllBytesAsync(disk.File("ballast"), new byte[12 << 20]);
        List<SampleObject> acknowledged = [];
        DimseStatus? status = DimseStatus.Success;
        for (var number = 1; status == DimseStatus.Success; number++)
        {
            var sample = SampleObjects.Ct(options with { InstanceNumber = number });
            status = (await scu.StoreAsync(sample))?.Status;
            if (status == DimseStatus.Success) acknowledged.Add(sample);
        }
        Assert.Equal(DimseStatus.OutOfResources, status);
        Assert.NotEmpty(acknowledged);

        File.Delete(disk.File("ballast"));
        var next = SampleObjects.Ct(options with { InstanceNumber = 100 });
        Assert.Equal(DimseStatus.Success, (await scu.StoreAsync(next))?.Status);
        foreach (var sample in acknowledged.Append(next))
        {
            var (final, objects) = await scu.GetAsync(
                new DicomDataset().Set(Tags.QueryRetrieveLevel, "IMAGE").Set(Tags.StudyInstanceUID, sample.StudyInstanceUid)
                    .Set(Tags.SeriesInstanceUID, sample.SeriesInstanceUid).Set(Tags.SOPInstanceUID, sample.SopInstanceUid),
                (sample.SopClassUid, sample.TransferSyntax.Uid));
            Assert.True(final.Status.IsSuccess, final.Status.ToString());
            Assert.Equal(sample.ToDatasetBytes(), Assert.Single(objects).Dataset);
        }
    }
}
