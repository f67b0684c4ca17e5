using Pacs.Dicom.Dictionaries;
using Pacs.Dicom.Messages;
using Pacs.Dicom.Net;
using Pacs.TestKit.Samples;

namespace Pacs.Dimse.Tests.Retrieve;

/// <summary>What a requestor is told when the server itself cannot.</summary>
public sealed class RetrieveFailureTests
{
    [Fact]
    public async Task Move_DatabaseIsAway_AnswersA701()
    {
        await using var server = await DimseFixture.StartAsync();
        var sample = SampleObjects.Ct(SampleOptions.Fresh());
        server.Store(sample);
        using var destination = await MoveDestination.StartAsync(server, "NEVER");
        using var association = server.Connect(new ProposedContext(RetrieveRequests.StudyRootMove, Uids.ExplicitVRLittleEndian));
        TakeDatabaseAway(server);
        var final = association.Move(RetrieveRequests.StudyRootMove, "NEVER", RetrieveRequests.Study(sample.StudyInstanceUid)).Last();
        Assert.Equal((DimseStatus.UnableToCalculateMatches, (null, null, null, null)), (final.Status, final.Counts()));
        Assert.Contains("database", final.Command.ErrorComment);
        Assert.Empty(destination.Associations);
    }

    [Fact]
    public async Task Move_DatabaseGoesAwayInTheMidst_FailsTheRestByName()
    {
        await using var server = await DimseFixture.StartAsync();
        var study = SampleObjects.Study(1, 300, SampleOptions.Fresh() with { Rows = 1, Columns = 1 });
        server.Store(study);
        using var destination = await MoveDestination.StartAsync(server, "SOME");
        destination.OnObject = (_, number) =>
        {
            if (number == 10) TakeDatabaseAway(server);
            return DimseStatus.Success;
        };
        var final = server.Move("SOME", RetrieveRequests.Study(study[0].StudyInstanceUid));
        var (remaining, completed, failed, warning) = final.Counts();
        Assert.Equal((DimseStatus.SuboperationsWithFailures, null, 0), (final.Status, remaining, warning));
        // What was read ahead arrives.
        Assert.InRange(completed!.Value, 10, 299);
        Assert.Equal(300, completed + failed);
        Assert.Equal(study.Skip(completed.Value).Select(s => s.SopInstanceUid), final.FailedUids());
        Assert.Contains("database", final.Command.ErrorComment);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Move_FilesAreDamaged_FailsThoseAlone(bool inTheMidst)
    {
        await using var server = await DimseFixture.StartAsync();
        var study = SampleObjects.Study(1, 7, SampleOptions.Fresh());
        server.Store(study);
        // Converting is what has to read the inside of a file.
        using var destination = await MoveDestination.StartAsync(server, "SOME", [Uids.ImplicitVRLittleEndian]);
        SampleObject[] damaged = [study[1], study[3], study[5]];
        foreach (var sample in damaged) Damage(server, sample, inTheMidst);
        var final = server.Move("SOME", RetrieveRequests.Study(study[0].StudyInstanceUid));
        Assert.Equal((DimseStatus.SuboperationsWithFailures, (null, 4, 3, 0)), (final.Status, final.Counts()));
        Assert.Equal(damaged.Select(s => s.SopInstanceUid), final.FailedUids());
        Assert.Contains("cannot be read", final.Command.ErrorComment);
        Assert.Equal(study.Except(damaged).Select(s => s.SopInstanceUid), destination.Received.Select(r => r.Command.AffectedSopInstanceUid));
    }

    [Fact]
    public async Task Get_FileHasLostItsEnd_FailsItAlone()
    {
        await using var server = await DimseFixture.StartAsync();
        var study = SampleObjects.Study(1, 3, SampleOptions.Fresh());
        server.Store(study);
        Damage(server, study[1], inTheMidst: false);
        using var association = server.Connect(
            new ProposedContext(Uids.StudyRootQueryRetrieveInformationModelGet, Uids.ExplicitVRLittleEndian), new ProposedContext(study[0].SopClassUid, Uids.ExplicitVRLittleEndian) { AsScp = true });
        var taken = new TakingService();
        var final = association.Get(Uids.StudyRootQueryRetrieveInformationModelGet, RetrieveRequests.Study(study[0].StudyInstanceUid), taken).Last();
        Assert.Equal((DimseStatus.SuboperationsWithFailures, (null, 2, 1, 0)), (final.Status, final.Counts()));
        Assert.Equal([study[1].SopInstanceUid], final.FailedUids());
        Assert.Equal([study[0].SopInstanceUid, study[2].SopInstanceUid], taken.Taken);
    }

    private static void Damage(DimseFixture server, SampleObject sample, bool inTheMidst)
    {
        var path = Path.Combine(server.Postgres.DataFolder, "blobs", (string)server.Postgres.Query($"SELECT blob_key FROM instances WHERE sop_instance_uid = '{sample.SopInstanceUid}'")!);
        using var file = File.Open(path, FileMode.Open, FileAccess.ReadWrite);
        if (!inTheMidst)
        {
            file.SetLength(file.Length - 10);
            return;
        }
        file.Seek((int)server.Postgres.Query($"SELECT dataset_offset FROM instances WHERE sop_instance_uid = '{sample.SopInstanceUid}'")!, SeekOrigin.Begin);
        file.Write(new byte[40]);
    }

    private sealed class TakingService : IDimseService
    {
        public List<string> Taken { get; } = [];

        public IReadOnlyList<ServiceContext> Contexts => [];

        public void Handle(DimseRequest request)
        {
            Taken.Add(request.Command.AffectedSopInstanceUid!);
            request.Respond(DimseStatus.Success);
        }
    }

    /// <summary>Whatever is asked of it fails.</summary>
    private static void TakeDatabaseAway(DimseFixture server) => server.Postgres.Query("ALTER TABLE instances RENAME TO taken_away");
}
