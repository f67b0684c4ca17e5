using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Hosting;
using Pacs.Dicom.Dictionaries;
using Pacs.Dicom.TransferSyntaxes;
using Pacs.Storage.Access;
using Pacs.Storage.Blobs;
using Pacs.Storage.Gateway;
using Pacs.Storage.Ingest;
using Pacs.Storage.Jobs;
using Pacs.Storage.Maintenance;
using Pacs.Storage.Model;
using Pacs.TestKit;
using Pacs.TestKit.Samples;

namespace Pacs.Worker.Tests.Gateway;

/// <summary>What arrives is at the archive once, and goes from here only when it is safe there.</summary>
public sealed class StoreAndForwardTests(WorkerFixture fixture) : IClassFixture<WorkerFixture>
{
    [Fact]
    public async Task Store_ArchiveBehind_IsUploadedVerifiedAndRemovedAndReadAsItWas()
    {
        await using var archive = await TestArchive.StartAsync(fixture);
        using var worker = await fixture.StartWorkerAsync();
        var study = SampleObjects.Study(2, 3, SampleOptions.Fresh());
        fixture.Store(study);
        var before = await archive.FindAsync(study[0]);

        await archive.EventuallyAsync(study[0], GatewayObjectState.Removed, study.Count);
        Assert.All(study, s => Assert.Equal(1, archive.Web.StoresOf(s.SopInstanceUid)));
        foreach (var sample in study)
        {
            var instance = await archive.FindAsync(sample);
            Assert.True(instance.IsRemote);
            await Eventually.TrueAsync(() => !archive.HasFile(instance));
            Assert.Equal(sample.ToDatasetBytes(), await archive.ReadAsync(sample));
        }
        // The index has not changed, and nobody was told of a deletion.
        Assert.Equal((before.Id, before.BlobKey, before.BlobLength), await archive.FindAsync(study[0]) is var after ? (after.Id, after.BlobKey, after.BlobLength) : default);
        Assert.Equal((long)study.Count, fixture.Postgres.Query($"SELECT count(*) FROM changes WHERE study_instance_uid = '{study[0].StudyInstanceUid}' AND kind = {(int)ChangeKind.Stored}"));
        Assert.Equal(0L, fixture.Postgres.Query($"SELECT count(*) FROM changes WHERE study_instance_uid = '{study[0].StudyInstanceUid}' AND kind = {(int)ChangeKind.Deleted}"));
        var status = (await fixture.Get<GatewayStore>().ReadStatusAsync(default)).Single(s => s.Peer == archive.AeTitle);
        Assert.Equal((0L, 0L, (long)study.Count), (status.QueuedObjects, status.Errors, status.RemovedObjects));
        Assert.True(status.LastSuccessAt is not null && status.BytesPerSecond > 0);
        await worker.StopAsync();
    }

    [Fact]
    public async Task Store_SomeAreRefused_StayMarkedUntilTheyAreTriedAgain()
    {
        await using var archive = await TestArchive.StartAsync(fixture);
        var study = SampleObjects.Study(1, 4, SampleOptions.Fresh());
        archive.Web.FailureReason = uid => uid == study[1].SopInstanceUid ? (ushort)0xA900 : null;
        using var worker = await fixture.StartWorkerAsync();
        fixture.Store(study);

        await Eventually.TrueAsync(async () => (await archive.ListAsync(study[0])).Count(o => o.State == GatewayObjectState.Removed) == 3);
        var error = Assert.Single(await fixture.Get<GatewayStore>().ListAsync(new GatewayFilter { Peer = archive.AeTitle, OnlyErrors = true }, default));
        Assert.Equal((study[1].SopInstanceUid, GatewayObjectState.Error), (error.SopInstanceUid, error.State));
        Assert.Contains("A900", error.Message, StringComparison.OrdinalIgnoreCase);
        Assert.True(archive.HasFile(await archive.FindAsync(study[1])));

        archive.Web.FailureReason = _ => null;
        Assert.Equal(1, await fixture.Get<GatewayStore>().RetryAsync(new GatewayFilter { SopInstanceUid = study[1].SopInstanceUid }, default));
        await archive.EventuallyAsync(study[0], GatewayObjectState.Removed, 4);
        await worker.StopAsync();
    }

    /// <summary>Nothing is removed while nobody knows; in the end each is there.</summary>
    [Fact]
    public async Task Store_AnswerIsLostAndArchiveIsAwayForAWhile_ArrivesInTheEnd()
    {
        await using var archive = await TestArchive.StartAsync(fixture);
        archive.Web.ThenCutAnswer().Then(503).Then(503).ThenCutAfter(1000);
        var study = SampleObjects.Study(1, 3, SampleOptions.Fresh());
        using var worker = await fixture.StartWorkerAsync();
        fixture.Store(study);

        await archive.EventuallyAsync(study[0], GatewayObjectState.Removed, 3);
        Assert.Equal(study.Select(s => s.SopInstanceUid).Order(StringComparer.Ordinal), archive.Web.SopInstanceUids);
        foreach (var sample in study) Assert.Equal(sample.ToDatasetBytes(), await archive.ReadAsync(sample));
        await worker.StopAsync();
    }

    [Theory]
    [InlineData(GatewayVerification.Response)]
    [InlineData(GatewayVerification.Checksum)]
    public async Task Store_ArchiveGivesOtherBytesBack_StaysHere(GatewayVerification verification)
    {
        await using var archive = await TestArchive.StartAsync(fixture, new PeerGateway { KeepMinutes = 0, Verification = verification });
        var study = SampleObjects.Study(1, 3, SampleOptions.Fresh());
        var other = SampleObjects.Ct(SampleOptions.Fresh()).ToPart10();
        archive.Web.Intercept = async context =>
        {
            if (context.Request.Method != "GET" || !context.Request.Path.Value!.Contains("/instances/", StringComparison.Ordinal)) return false;
            context.Response.ContentType = "application/dicom";
            await context.Response.Body.WriteAsync(other);
            return true;
        };
        using var worker = await fixture.StartWorkerAsync();
        fixture.Store(study);

        await archive.EventuallyAsync(study[0], GatewayObjectState.Error, 3);
        Assert.All(await archive.ListAsync(study[0]), o => Assert.Contains("other bytes", o.Message, StringComparison.Ordinal));
        foreach (var sample in study) Assert.True(archive.HasFile(await archive.FindAsync(sample)));
        await worker.StopAsync();
    }

    /// <summary>That the first of them came back as it was says nothing of one that the archive does not simply call stored.</summary>
    [Theory]
    [InlineData(0xB000, GatewayVerification.Response)]
    [InlineData(0xB007, GatewayVerification.Search)]
    [InlineData(null, GatewayVerification.Response)]
    [InlineData(null, GatewayVerification.Search)]
    public async Task Store_ArchiveChangesOneWithAWarningOrWithoutAWord_ItIsReadBackAndStays(int? warning, GatewayVerification verification)
    {
        await using var archive = await TestArchive.StartAsync(fixture, new PeerGateway { KeepMinutes = 0, Verification = verification });
        var study = SampleObjects.Study(1, 4, SampleOptions.Fresh());
        var changed = study[2].SopInstanceUid;
        archive.Web.WarningReason = uid => uid == changed ? (ushort?)warning : null;
        archive.Web.IsPassedOver = uid => uid == changed && warning is null;
        archive.Web.Coerce = (uid, file) => uid == changed ? [.. file[..^2], 7, 7] : file;
        using var worker = await fixture.StartWorkerAsync();
        fixture.Store(study);

        await Eventually.TrueAsync(async () => (await archive.ListAsync(study[0])).All(o => o.State is GatewayObjectState.Removed or GatewayObjectState.Error));
        var kept = Assert.Single(await archive.ListAsync(study[0]), o => o.State == GatewayObjectState.Error);
        Assert.Equal(changed, kept.SopInstanceUid);
        Assert.True(archive.HasFile(await archive.FindAsync(study[2])));
        await worker.StopAsync();
    }

    /// <summary>A doubt outlives the run that had it.</summary>
    [Fact]
    public async Task Store_ArchiveChangesOneAndIsAwayBeforeItIsReadBack_ItIsReadBackLaterAndStays()
    {
        await using var archive = await TestArchive.StartAsync(fixture);
        var study = SampleObjects.Study(1, 6, SampleOptions.Fresh());
        var changed = study[3].SopInstanceUid;
        archive.Web.WarningReason = uid => uid == changed ? (ushort)0xB000 : null;
        archive.Web.Coerce = (uid, file) => uid == changed ? [.. file[..^2], 7, 7] : file;
        var isBroken = true;
        archive.Web.Intercept = context =>
        {
            if (!isBroken || context.Request.Method != "GET" || !context.Request.Path.Value!.Contains("/instances/", StringComparison.Ordinal)) return Task.FromResult(false);
            context.Response.StatusCode = StatusCodes.Status500InternalServerError;
            return Task.FromResult(true);
        };
        using (var first = await fixture.StartWorkerAsync())
        {
            fixture.Store(study);
            await Eventually.TrueAsync(async () => (await archive.ListAsync(study[0])) is { Count: 6 } all && all.All(o => o is { State: GatewayObjectState.Uploaded, Attempts: > 1 }));
            await first.StopAsync();
        }
        isBroken = false;
        using var second = await fixture.StartWorkerAsync();

        await Eventually.TrueAsync(async () => (await archive.ListAsync(study[0])).All(o => o.State is GatewayObjectState.Removed or GatewayObjectState.Error));
        Assert.Equal(changed, Assert.Single(await archive.ListAsync(study[0]), o => o.State == GatewayObjectState.Error).SopInstanceUid);
        Assert.True(archive.HasFile(await archive.FindAsync(study[3])));
        await second.StopAsync();
    }

    /// <summary>What an archive has in another transfer syntax than this one, it does not have.</summary>
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Store_ArchiveOrPeerBarsTheTransferSyntax_IsNotConvertedAndStays(bool byRules)
    {
        await using var archive = await TestArchive.StartAsync(fixture, new PeerGateway { KeepMinutes = 0, Verification = GatewayVerification.Response });
        var study = SampleObjects.Study(1, 3, SampleOptions.Fresh() with { TransferSyntax = TransferSyntaxRegistry.ImplicitVrLittleEndian });
        var refused = study[1].SopInstanceUid;
        if (byRules) await archive.SetAsync(new PeerGateway { KeepMinutes = 0, Verification = GatewayVerification.Response }, new AssociationRules { TransferSyntaxes = [TransferSyntaxRegistry.ExplicitVrLittleEndian.Uid] });
        else archive.Web.FailureReason = uid => uid == refused && archive.Count("POST", "/studies") == 1 ? (ushort)0xC122 : null;
        using var worker = await fixture.StartWorkerAsync();
        fixture.Store(study);

        await Eventually.TrueAsync(async () => (await archive.ListAsync(study[0])).All(o => o.State is GatewayObjectState.Removed or GatewayObjectState.Error));
        var kept = (await archive.ListAsync(study[0])).Where(o => o.State == GatewayObjectState.Error).ToList();
        Assert.Equal(byRules ? study.Select(s => s.SopInstanceUid).Order(StringComparer.Ordinal) : [refused], kept.Select(k => k.SopInstanceUid).Order(StringComparer.Ordinal));
        Assert.True(archive.HasFile(await archive.FindAsync(study[1])));
        await worker.StopAsync();
    }

    [Fact]
    public async Task Store_ArchiveForgetsAnObject_StaysHereAsAnError()
    {
        await using var archive = await TestArchive.StartAsync(fixture);
        var sample = SampleObjects.Ct(SampleOptions.Fresh());
        archive.Web.Intercept = context =>
        {
            if (context.Request.Method != "GET") return Task.FromResult(false);
            context.Response.StatusCode = StatusCodes.Status204NoContent;
            return Task.FromResult(true);
        };
        using var worker = await fixture.StartWorkerAsync();
        fixture.Store([sample]);

        await Eventually.TrueAsync(async () => (await archive.ListAsync(sample)).Any(o => o is { State: GatewayObjectState.Uploaded, Attempts: > 1 }));
        Assert.True(archive.HasFile(await archive.FindAsync(sample)));
        Assert.Equal(1, archive.Web.StoresOf(sample.SopInstanceUid));
        archive.Web.Intercept = _ => Task.FromResult(false);
        await archive.EventuallyAsync(sample, GatewayObjectState.Removed);
        Assert.Equal(1, archive.Web.StoresOf(sample.SopInstanceUid));
        await worker.StopAsync();
    }

    [Fact]
    public async Task Remove_WithinTheGrace_KeepsTheFile()
    {
        await using var archive = await TestArchive.StartAsync(fixture, new PeerGateway { KeepMinutes = 60 });
        var sample = SampleObjects.Ct(SampleOptions.Fresh());
        using var worker = await fixture.StartWorkerAsync();
        fixture.Store([sample]);

        await archive.EventuallyAsync(sample, GatewayObjectState.Verified);
        Assert.Equal(0, await fixture.Get<GatewayRemoval>().RunAsync((await fixture.Peers.FindAsync(archive.AeTitle, default))!, default));
        fixture.Postgres.Query($"UPDATE gateway_objects SET verified_at = now() - interval '61 minutes' WHERE sop_instance_uid = '{sample.SopInstanceUid}'");
        await archive.EventuallyAsync(sample, GatewayObjectState.Removed);
        await worker.StopAsync();
    }

    /// <summary>Whoever takes it back that files go is heard at once, also in the midst of it.</summary>
    [Theory]
    [InlineData(null, false)]
    [InlineData(60, false)]
    [InlineData(0, true)]
    public async Task Remove_SettingsChangedSinceItBegan_KeepsTheFile(int? keepMinutes, bool commitment)
    {
        await using var archive = await TestArchive.StartAsync(fixture, new PeerGateway { KeepMinutes = 60 });
        var sample = SampleObjects.Ct(SampleOptions.Fresh());
        using var worker = await fixture.StartWorkerAsync();
        fixture.Store([sample]);
        await archive.EventuallyAsync(sample, GatewayObjectState.Verified);
        await worker.StopAsync();
        var begun = (await fixture.Peers.FindAsync(archive.AeTitle, default))! with { Gateway = new PeerGateway { KeepMinutes = 0 } };

        await archive.SetAsync(new PeerGateway { KeepMinutes = keepMinutes, Commitment = commitment });
        Assert.Equal(0, await fixture.Get<GatewayRemoval>().RunAsync(begun, default));
        Assert.True(archive.HasFile(await archive.FindAsync(sample)));
        fixture.Postgres.Query($"UPDATE gateway_objects SET look_again_at = NULL WHERE sop_instance_uid = '{sample.SopInstanceUid}'");
        await archive.SetAsync(begun.Gateway!);
        Assert.Equal(1, await fixture.Get<GatewayRemoval>().RunAsync(begun, default));
    }

    /// <summary>Nothing goes in trust of an archive that is not there at that time, or that says that it gives up its own files.</summary>
    [Theory]
    [InlineData(503)]
    [InlineData(508)]
    public async Task Remove_ArchiveIsAwayOrNoPlaceForIt_KeepsTheFile(int status)
    {
        await using var archive = await TestArchive.StartAsync(fixture, new PeerGateway { KeepMinutes = 60 });
        var sample = SampleObjects.Ct(SampleOptions.Fresh());
        using var worker = await fixture.StartWorkerAsync();
        fixture.Store([sample]);
        await archive.EventuallyAsync(sample, GatewayObjectState.Verified);
        archive.Web.Intercept = context =>
        {
            context.Response.StatusCode = status;
            return Task.FromResult(true);
        };
        await archive.SetAsync(new PeerGateway { KeepMinutes = 0 });

        await Eventually.TrueAsync(async () => (await fixture.Get<GatewayStore>().ReadStatusAsync(default)).Single(s => s.Peer == archive.AeTitle).LastFailure.Contains($"{status}", StringComparison.Ordinal));
        Assert.Contains(archive.Web.Exchanges, e => e.Headers["X-Pacs-Gateway"] == "custody");
        Assert.True(archive.HasFile(await archive.FindAsync(sample)));
        await worker.StopAsync();
    }

    /// <summary>What was promised to a modality may only go once the archive has promised it, too.</summary>
    [Fact]
    public async Task Remove_CommittedToAModality_WaitsForThePromiseOfTheArchive()
    {
        await using var archive = await TestArchive.StartAsync(fixture, new PeerGateway { KeepMinutes = 60 });
        var sample = SampleObjects.Ct(SampleOptions.Fresh());
        using var worker = await fixture.StartWorkerAsync();
        fixture.Store([sample]);
        await archive.EventuallyAsync(sample, GatewayObjectState.Verified);
        fixture.Postgres.Query($"INSERT INTO committed_instances (sop_instance_uid) VALUES ('{sample.SopInstanceUid}')");

        var commits = false;
        archive.Web.Intercept = async context =>
        {
            if (!context.Request.Path.Value!.Contains("/commitment-requests/", StringComparison.Ordinal)) return false;
            context.Response.StatusCode = commits ? StatusCodes.Status200OK : StatusCodes.Status404NotFound;
            context.Response.ContentType = "application/dicom+json";
            if (commits) await context.Response.WriteAsync($$$"""{"00081199":{"vr":"SQ","Value":[{"00081150":{"vr":"UI","Value":["{{{sample.SopClassUid}}}"]},"00081155":{"vr":"UI","Value":["{{{sample.SopInstanceUid}}}"]}}]}}""");
            return true;
        };
        await archive.SetAsync(new PeerGateway { KeepMinutes = 0 });
        await Eventually.TrueAsync(() => fixture.Postgres.Query($"SELECT 1 FROM jobs WHERE peer = '{archive.AeTitle}' AND kind = 'commit' AND state = {(int)JobState.Failed}") is not null);
        await fixture.Get<GatewayRemoval>().RunAsync((await fixture.Peers.FindAsync(archive.AeTitle, default))!, default);
        Assert.True(archive.HasFile(await archive.FindAsync(sample)));

        commits = true;
        fixture.Postgres.Query($"UPDATE jobs SET created_at = now() - interval '1 hour', finished_at = now() - interval '1 hour' WHERE peer = '{archive.AeTitle}' AND kind = 'commit'");
        await archive.EventuallyAsync(sample, GatewayObjectState.Removed);
        Assert.Equal(sample.ToDatasetBytes(), await archive.ReadAsync(sample));
        await worker.StopAsync();
    }

    [Fact]
    public async Task Store_SameObjectAgainAfterItsRemoval_IsKnownAndNotUploadedAgain()
    {
        await using var archive = await TestArchive.StartAsync(fixture);
        var sample = SampleObjects.Ct(SampleOptions.Fresh());
        using var worker = await fixture.StartWorkerAsync();
        fixture.Store([sample]);
        await archive.EventuallyAsync(sample, GatewayObjectState.Removed);

        Assert.Equal(IngestOutcome.AlreadyStored, archive.Store(sample));
        Assert.Equal(GatewayObjectState.Removed, Assert.Single(await archive.ListAsync(sample)).State);
        Assert.Equal(1, archive.Web.StoresOf(sample.SopInstanceUid));
        await worker.StopAsync();
    }

    [Fact]
    public async Task Store_AnotherDatasetOfARemovedObject_TakesItsPlaceThereAfterAReRead()
    {
        await using var archive = await TestArchive.StartAsync(fixture, new PeerGateway { KeepMinutes = 0, Verification = GatewayVerification.Response });
        var options = SampleOptions.Fresh();
        var sample = SampleObjects.Ct(options);
        using var worker = await fixture.StartWorkerAsync();
        fixture.Store([sample]);
        await archive.EventuallyAsync(sample, GatewayObjectState.Removed);

        var second = SampleObjects.Ct(options with { Customize = d => d.Set(Tags.ImageComments, "second version") });
        var reads = archive.Count("GET", sample.SopInstanceUid);
        Assert.Equal(IngestOutcome.Replaced, archive.Store(second));
        await archive.EventuallyAsync(sample, GatewayObjectState.Removed);
        Assert.Equal(2, archive.Web.StoresOf(sample.SopInstanceUid));
        Assert.True(archive.Count("GET", sample.SopInstanceUid) > reads);
        Assert.Equal(second.ToDatasetBytes(), await archive.ReadAsync(second));
        await worker.StopAsync();
    }

    [Fact]
    public async Task Store_CameFromTheArchiveItself_IsNotSentBack()
    {
        await using var archive = await TestArchive.StartAsync(fixture);
        var sample = SampleObjects.Ct(SampleOptions.Fresh());
        using (var session = fixture.Get<IngestService>().Begin(new IngestRequest(sample.TransferSyntax, new IngestSource("STOW") { CallingAeTitle = archive.AeTitle })))
        {
            session.Write(sample.ToDatasetBytes());
            Assert.True(session.Complete().IsSuccess);
        }
        Assert.Empty(await archive.ListAsync(sample));
    }

    [Fact]
    public async Task Delete_RemovedStudy_TakesItOutOfThisIndexAlone()
    {
        await using var archive = await TestArchive.StartAsync(fixture);
        var sample = SampleObjects.Ct(SampleOptions.Fresh());
        using var worker = await fixture.StartWorkerAsync();
        fixture.Store([sample]);
        await archive.EventuallyAsync(sample, GatewayObjectState.Removed);
        await archive.ReadAsync(sample);

        Assert.Equal(1, await fixture.Get<Deletion>().DeleteAsync(sample.StudyInstanceUid, null, null, default));
        Assert.Empty(await archive.ListAsync(sample));
        Assert.Equal(0L, fixture.Postgres.Query($"SELECT count(*) FROM remote_blobs WHERE sop_instance_uid = '{sample.SopInstanceUid}'"));
        Assert.Contains(sample.SopInstanceUid, archive.Web.SopInstanceUids);
        await worker.StopAsync();
    }

    /// <summary>The server dies, with its index writer's folder left behind, after its objects were uploaded and removed.</summary>
    [Fact]
    public async Task Recovery_WriterOfRemovedObjectsDied_KeepsTheirRows()
    {
        await using var archive = await TestArchive.StartAsync(fixture);
        var sample = SampleObjects.Ct(SampleOptions.Fresh());
        using var worker = await fixture.StartWorkerAsync();
        using (var crashed = fixture.Postgres.StartProcess())
        {
            using (var session = crashed.Get<IngestService>().Begin(new IngestRequest(sample.TransferSyntax, new IngestSource("test"))))
            {
                session.Write(sample.ToDatasetBytes());
                Assert.True(session.Complete().IsSuccess);
            }
            // An object under way keeps the folder, as a crash would.
            crashed.Get<IngestService>().Begin(new IngestRequest(sample.TransferSyntax, new IngestSource("test")));
            await archive.EventuallyAsync(sample, GatewayObjectState.Removed);
            File.WriteAllText(Path.Combine(crashed.Get<WriterFolder>().Path, "checkpoint"), DateTimeOffset.UtcNow.AddMinutes(-5).ToString("O"));
        }
        using var process = fixture.Postgres.StartProcess();
        Assert.Equal(sample.ToDatasetBytes(), await archive.ReadAsync(sample));
        await worker.StopAsync();
    }

    [Fact]
    public async Task Reindex_SomeFilesAreElsewhere_CarriesTheirRowsOver()
    {
        await using var archive = await TestArchive.StartAsync(fixture);
        var study = SampleObjects.Study(2, 2, SampleOptions.Fresh());
        using var worker = await fixture.StartWorkerAsync();
        fixture.Store(study);
        await archive.EventuallyAsync(study[0], GatewayObjectState.Removed, 4);
        await archive.SetAsync(new PeerGateway { KeepMinutes = 600 });
        var here = SampleObjects.Ct(SampleOptions.Fresh());
        fixture.Store([here]);

        using var process = fixture.Postgres.StartProcess();
        await process.Get<Reindex>().RunAsync(null, default);
        foreach (var sample in study.Append(here)) Assert.Equal(sample.ToDatasetBytes(), await archive.ReadAsync(sample));
        Assert.Equal(4, fixture.Postgres.Query($"SELECT instance_count FROM studies WHERE study_instance_uid = '{study[0].StudyInstanceUid}'"));
        Assert.Equal(0L, fixture.Postgres.Query("SELECT count(*) FROM carried_instances"));
        Assert.All(study, s => Assert.Equal(1, archive.Web.StoresOf(s.SopInstanceUid)));
        await worker.StopAsync();
    }

    [Fact]
    public async Task Worker_KilledInTheMidstOfAnUpload_EachIsThereAndNothingWentUnverified()
    {
        await using var archive = await TestArchive.StartAsync(fixture);
        var study = SampleObjects.Study(2, 10, SampleOptions.Fresh());
        var (under, go) = (new TaskCompletionSource(), new TaskCompletionSource());
        archive.Web.Then(async _ =>
        {
            under.SetResult();
            await go.Task;
            return false;
        });
        fixture.Store(study);
        using (var doomed = fixture.StartWorkerProcess())
        {
            await under.Task.WaitAsync(Eventually.Patience);
            await doomed.KillAsync();
        }
        foreach (var sample in study) Assert.True(archive.HasFile(await archive.FindAsync(sample)));
        go.SetResult();
        using var worker = await fixture.StartWorkerAsync();
        await archive.EventuallyAsync(study[0], GatewayObjectState.Removed, study.Count);
        Assert.Equal(study.Select(s => s.SopInstanceUid).Order(StringComparer.Ordinal), archive.Web.SopInstanceUids);
        foreach (var sample in study) Assert.Equal(sample.ToDatasetBytes(), await archive.ReadAsync(sample));
        await worker.StopAsync();
    }
}
