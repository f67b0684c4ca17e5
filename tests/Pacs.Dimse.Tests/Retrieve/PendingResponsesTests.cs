using Pacs.Dicom.Dictionaries;
using Pacs.Dicom.Messages;
using Pacs.Dicom.Net;
using Pacs.Dicom.Primitives;
using Pacs.TestKit.Samples;
using Pacs.TestKit;

namespace Pacs.Dimse.Tests.Retrieve;

/// <summary>What a requestor hears before the end.</summary>
public sealed class PendingResponsesTests(DimseFixture server) : IClassFixture<DimseFixture>
{
    [Fact]
    public async Task Move_ManyObjects_CountsEachOnceDownToTheLast()
    {
        var study = Stored(30);
        using var destination = await MoveDestination.StartAsync(server, "COUNTS");
        destination.OnObject = (_, number) => number == 5 ? DimseStatus.OutOfResources : number == 7 ? DimseStatus.ElementsDiscarded : DimseStatus.Success;
        using var association = server.Connect(new ProposedContext(RetrieveRequests.StudyRootMove, Uids.ExplicitVRLittleEndian));
        var responses = association.Move(RetrieveRequests.StudyRootMove, "COUNTS", RetrieveRequests.Study(study[0].StudyInstanceUid)).ToList();
        var (pending, final) = (responses[..^1], responses[^1]);

        Assert.Equal(Enumerable.Range(1, 29).Reverse(), pending.Select(p => p.Counts().Remaining!.Value).Distinct());
        Assert.All(pending, p => Assert.Equal((DimseStatus.Pending, 30), (p.Status, Sum(p))));
        Assert.All(pending, p => Assert.Null(p.Dataset));
        Assert.Equal((DimseStatus.SuboperationsWithFailures, (null, 28, 1, 1)), (final.Status, final.Counts()));
        Assert.Equal([study[4].SopInstanceUid], final.FailedUids());

        static int Sum(DimseResponse response)
        {
            var (remaining, completed, failed, warning) = response.Counts();
            return remaining!.Value + completed!.Value + failed!.Value + warning!.Value;
        }
    }

    [Fact]
    public async Task Move_OneObjectTakesLong_PendingGoesOn()
    {
        await using var quick = await DimseFixture.StartAsync(("Pacs:Dimse:PendingIntervalSeconds", "1"));
        var study = SampleObjects.Study(1, 2, SampleOptions.Fresh());
        quick.Store(study);
        using var destination = await MoveDestination.StartAsync(quick, "SLOW");
        using var isHeardTwice = new ManualResetEventSlim();
        destination.OnObject = (_, number) =>
        {
            if (number == 2) Assert.True(isHeardTwice.Wait(Eventually.Patience));
            return DimseStatus.Success;
        };
        using var association = quick.Connect(new ProposedContext(RetrieveRequests.StudyRootMove, Uids.ExplicitVRLittleEndian));
        var remaining = new List<int?>();
        DimseResponse? last = null;
        foreach (var response in association.Move(RetrieveRequests.StudyRootMove, "SLOW", RetrieveRequests.Study(study[0].StudyInstanceUid)))
        {
            last = response;
            remaining.Add(response.Counts().Remaining);
            // One of the first object, two of the clock.
            if (remaining.Count(r => r == 1) == 3) isHeardTwice.Set();
        }
        Assert.Equal((DimseStatus.Success, (null, 2, 0, 0)), (last!.Status, last.Counts()));
    }

    [Fact]
    public void Get_ManyObjects_PendingComesBetweenThem()
    {
        const string get = Uids.StudyRootQueryRetrieveInformationModelGet;
        var study = Stored(10);
        using var association = server.Connect(new ProposedContext(get, Uids.ExplicitVRLittleEndian), new ProposedContext(study[0].SopClassUid, study[0].TransferSyntax.Uid) { AsScp = true });
        var store = new TestKit.Clients.CollectingStore([new ServiceContext(study[0].SopClassUid, [study[0].TransferSyntax.Uid])]);
        var heard = association.Get(get, RetrieveRequests.Study(study[0].StudyInstanceUid), store).Select(r => (r.Counts().Remaining, store.Objects.Count)).ToList();
        Assert.Equal([.. Enumerable.Range(1, 9).Select(n => ((int?)(10 - n), n)), (null, 10)], heard);
    }

    private IReadOnlyList<SampleObject> Stored(int count)
    {
        var study = SampleObjects.Study(1, count, SampleOptions.Fresh() with { Rows = 8, Columns = 8 });
        server.Store(study);
        return study;
    }
}
