using Microsoft.AspNetCore.Http;
using Pacs.Dicom.Datasets;
using Pacs.Dicom.Dictionaries;
using Pacs.Dicom.Messages;
using Pacs.Dicom.Primitives;
using Pacs.Dimse.Tests.Retrieve;
using Pacs.Storage.Gateway;
using Pacs.Storage.Peers;
using Pacs.TestKit.Clients;
using Pacs.TestKit.Samples;

namespace Pacs.Dimse.Tests.Gateway;

/// <summary>C-FIND, C-GET and C-MOVE where an archive behind this one takes part: nothing twice, nothing missing without a word.</summary>
public sealed class ThroughDimseTests(DimseFixture server) : IClassFixture<DimseFixture>, IAsyncLifetime
{
    private ScriptedDicomWeb _archive = null!;

    public async Task InitializeAsync() => _archive = await ScriptedDicomWeb.StartAsync();

    public async Task DisposeAsync()
    {
        server.Postgres.Query("DELETE FROM peers");
        await _archive.DisposeAsync();
    }

    [Fact]
    public async Task Find_PatientsWithoutAnId_AreToldApart()
    {
        var name = $"NOID{Random.Shared.Next()}";
        SampleObject Of(string given) => SampleObjects.Ct(SampleOptions.Fresh() with { PatientName = $"{name}^{given}", Customize = d => d.Set(Tags.PatientID, "") });
        var (here, there) = (Of("HERE"), (SampleObject[])[Of("ONE"), Of("TWO")]);
        server.Store(here);
        foreach (var sample in there.Append(here)) _archive.Add(sample.ToPart10());
        await AskedAsync(GatewayQuery.Merged);

        var patients = server.Find(RetrieveRequests.Identifier("PATIENT", (Tags.PatientID, ""), (Tags.PatientName, $"{name}*")), Uids.PatientRootQueryRetrieveInformationModelFind);
        Assert.Equal(["HERE", "ONE", "TWO"], patients.Select(p => p.GetString(Tags.PatientName)!.Split('^')[1]).Order());
    }

    [Fact]
    public async Task Find_Merged_TellsEachOnceAtEveryLevel()
    {
        var study = SampleObjects.Study(2, 2, SampleOptions.Fresh());
        var only = SampleObjects.Ct(SampleOptions.Fresh() with { PatientId = study[0].PatientId });
        server.Store(study[0]);
        foreach (var sample in study.Append(only)) _archive.Add(sample.ToPart10());
        await AskedAsync(GatewayQuery.Merged);

        var patients = server.Find(RetrieveRequests.Identifier("PATIENT", (Tags.PatientID, only.PatientId)), Uids.PatientRootQueryRetrieveInformationModelFind);
        Assert.Equal(only.PatientId, Assert.Single(patients).GetString(Tags.PatientID));
        var studies = server.Find(RetrieveRequests.Identifier("STUDY", (Tags.PatientID, only.PatientId), (Tags.StudyInstanceUID, "")));
        Assert.Equal([study[0].StudyInstanceUid, only.StudyInstanceUid], studies.Select(m => m.GetString(Tags.StudyInstanceUID)));
        // Also where the UID was not asked for.
        Assert.Equal(2, server.Find(RetrieveRequests.Identifier("STUDY", (Tags.PatientID, only.PatientId))).Count);
        var series = server.Find(RetrieveRequests.Identifier("SERIES", (Tags.StudyInstanceUID, study[0].StudyInstanceUid), (Tags.SeriesInstanceUID, "")));
        Assert.Equal(study.Select(s => s.SeriesInstanceUid).Distinct().Order(), series.Select(m => m.GetString(Tags.SeriesInstanceUID)).Order());
        var images = server.Find(RetrieveRequests.Identifier("IMAGE", (Tags.StudyInstanceUID, study[0].StudyInstanceUid), (Tags.SeriesInstanceUID, study[0].SeriesInstanceUid), (Tags.SOPInstanceUID, "")));
        Assert.Equal(study.Where(s => s.SeriesInstanceUid == study[0].SeriesInstanceUid).Select(s => s.SopInstanceUid).Order(), images.Select(m => m.GetString(Tags.SOPInstanceUID)).Order());
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Find_ArchiveIsAwayOrBreaksOff_IsNoSuccess(bool isAway)
    {
        var sample = SampleObjects.Ct(SampleOptions.Fresh());
        server.Store(sample);
        await AskedAsync(GatewayQuery.Merged);
        _archive.Then(async context =>
        {
            if (isAway)
            {
                context.Response.StatusCode = StatusCodes.Status503ServiceUnavailable;
                return true;
            }
            context.Response.ContentType = "application/dicom+json";
            await context.Response.WriteAsync("""[{"0020000D":{"vr":"UI","Value":["1.2.3"]}},""");
            await context.Response.Body.FlushAsync();
            context.Abort();
            return true;
        });
        var (matches, final) = server.TryFind(RetrieveRequests.Identifier("STUDY", (Tags.PatientID, sample.PatientId), (Tags.StudyInstanceUID, "")));
        Assert.Contains(sample.StudyInstanceUid, matches.Select(m => m.GetString(Tags.StudyInstanceUID)));
        Assert.True(final.Status.IsFailure, final.Status.ToString());
        Assert.NotEmpty(final.Command.ErrorComment!);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Get_ArchiveBreaksOffInTheMiddle_FailsThatObjectAndNoOther(bool isKnownHere)
    {
        var study = await StudyAtTheArchiveAsync(isKnownHere);
        _archive.Intercept = context => BreakOffAsync(context, study[1]);
        var (final, objects) = await new TestScu(server.Address).GetAsync(RetrieveRequests.Study(study[0].StudyInstanceUid), [.. study.Select(s => (s.SopClassUid, s.TransferSyntax.Uid)).Distinct()]);
        Assert.Equal(DimseStatus.SuboperationsWithFailures, final.Status);
        Assert.Equal(((ushort?)3, (ushort?)1), (final.Command.CompletedSuboperations, final.Command.FailedSuboperations));
        Assert.Equal([study[1].SopInstanceUid], final.Dataset!.GetStrings(Tags.FailedSOPInstanceUIDList));
        Assert.Equal(3, objects.Count(o => study.Any(s => s.SopInstanceUid == o.SopInstanceUid)));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Move_ArchiveBreaksOffInTheMiddle_FailsThatObjectAndNoOther(bool isKnownHere)
    {
        var study = await StudyAtTheArchiveAsync(isKnownHere);
        _archive.Intercept = context => BreakOffAsync(context, study[1]);
        await using var destination = await Pacs.TestKit.Processes.StoreScp.StartAsync($"DEST{Random.Shared.Next(1_000_000)}");
        await server.AddPeerAsync(destination.Address);
        var final = server.Move(destination.Address.AeTitle, RetrieveRequests.Study(study[0].StudyInstanceUid));
        Assert.Equal(DimseStatus.SuboperationsWithFailures, final.Status);
        Assert.Equal([study[1].SopInstanceUid], final.FailedUids());
        Assert.Equal(3, destination.Files.Count);

        // And then it is given.
        _archive.Intercept = _ => Task.FromResult(false);
        Assert.Equal(DimseStatus.Success, server.Move(destination.Address.AeTitle, RetrieveRequests.Study(study[0].StudyInstanceUid)).Status);
        Assert.Equal(4, destination.Files.Count);
    }

    private async Task<IReadOnlyList<SampleObject>> StudyAtTheArchiveAsync(bool isKnownHere)
    {
        var study = SampleObjects.Study(1, 4, SampleOptions.Fresh() with { Rows = 256, Columns = 256 });
        if (isKnownHere)
        {
            server.Store(study);
            await GivenUpFiles.GiveUpAsync(server.Get<PeerStore>(), server.Get<GatewayStore>(), server.Get<GatewayRemoval>(), server.Postgres, _archive, GatewayQuery.Local, study);
            return study;
        }
        foreach (var sample in study) _archive.Add(sample.ToPart10());
        await AskedAsync(GatewayQuery.Merged);
        return study;
    }

    private async Task AskedAsync(GatewayQuery query)
    {
        var peer = GivenUpFiles.PeerOf(_archive, query);
        peer = peer with { Gateway = peer.Gateway! with { QueryTimeoutSeconds = 30 } };
        await server.Get<PeerStore>().PutAsync(peer, default);
        await GivenUpFiles.AskedAsync(server.Get<ArchiveConnector>(), peer);
    }

    private static async Task<bool> BreakOffAsync(HttpContext context, SampleObject sample)
    {
        if (!context.Request.Path.Value!.EndsWith(sample.SopInstanceUid, StringComparison.Ordinal)) return false;
        var file = sample.ToPart10();
        context.Response.ContentType = "application/dicom";
        await context.Response.Body.WriteAsync(file.AsMemory(0, file.Length - 100));
        await context.Response.Body.FlushAsync();
        context.Abort();
        return true;
    }
}
