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

    /// <summary>Whatever is asked of it fails.</summary>
    private static void TakeDatabaseAway(DimseFixture server) => server.Postgres.Query("ALTER TABLE instances RENAME TO taken_away");
}
