using System.Globalization;
using Pacs.Dicom.Datasets;
using Pacs.Dicom.Dictionaries;
using Pacs.Dicom.Messages;
using Pacs.Dicom.Net;
using Pacs.Dicom.Parsing;
using Pacs.Dicom.TransferSyntaxes;
using Pacs.Dicom.UpperLayer;
using Pacs.Storage.Access;
using Pacs.TestKit.Samples;

namespace Pacs.Dimse.Tests.Retrieve;

/// <summary>What a C-MOVE makes of what its destination does.</summary>
public sealed class MoveDestinationTests(DimseFixture server) : IClassFixture<DimseFixture>
{
    [Fact]
    public async Task Move_Study_TakesOneAssociationThatIsReleased()
    {
        var study = Stored(20);
        using var destination = await MoveDestination.StartAsync(server, "ONE");
        var final = server.Move("ONE", RetrieveRequests.Study(study[0].StudyInstanceUid));
        Assert.Equal((DimseStatus.Success, (null, 20, 0, 0)), (final.Status, final.Counts()));
        Assert.Null(final.Dataset);
        Assert.Equal(study.Select(s => s.SopInstanceUid), destination.Received.Select(r => r.Command.AffectedSopInstanceUid!));
        Assert.Equal(("PACS", "ONE"), (Assert.Single(destination.Associations).CallingAeTitle, destination.Associations[0].CalledAeTitle));
    }

    [Theory]
    [InlineData(Priority.Low)]
    [InlineData(Priority.Medium)]
    [InlineData(Priority.High)]
    public async Task Move_OfAPriority_HandsItOnWithTheOriginator(Priority priority)
    {
        var study = Stored(1);
        using var destination = await MoveDestination.StartAsync(server, "PRIORITY");
        using var association = server.Connect(new ProposedContext(RetrieveRequests.StudyRootMove, Uids.ExplicitVRLittleEndian));
        var request = CommandSet.MoveRequest(RetrieveRequests.StudyRootMove, "PRIORITY", priority);
        var final = association.Send(association.FindContexts(RetrieveRequests.StudyRootMove)[0], request, RetrieveRequests.Study(study[0].StudyInstanceUid)).Last();
        Assert.Equal(DimseStatus.Success, final.Status);
        var sent = Assert.Single(destination.Received).Command;
        Assert.Equal((priority, "TESTER", request.MessageId), (sent.Priority, sent.MoveOriginatorAeTitle, sent.MoveOriginatorMessageId));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Move_AssociationBreaksUnderAnObject_IsOpenedAnewAndSendsItAgain(bool byAbort)
    {
        var study = Stored(6);
        using var destination = await MoveDestination.StartAsync(server, "BREAKSONCE");
        destination.OnObject = (request, number) =>
        {
            if (number == 3 && byAbort) MoveDestination.Abort(request);
            return number == 3 ? throw MoveDestination.Gone : DimseStatus.Success;
        };
        var final = server.Move("BREAKSONCE", RetrieveRequests.Study(study[0].StudyInstanceUid));
        Assert.Equal((DimseStatus.Success, (null, 6, 0, 0)), (final.Status, final.Counts()));
        Assert.Equal(2, destination.Associations.Count);
        Assert.Equal(study.Select(s => s.SopInstanceUid).Order(), destination.Received.Select(r => r.Command.AffectedSopInstanceUid!).Distinct().Order());
    }

    [Fact]
    public async Task Move_DestinationClosesBetweenObjects_IsOpenedAnew()
    {
        var study = Stored(6);
        using var destination = await MoveDestination.StartAsync(server, "CLOSESBETWEEN");
        destination.OnObject = (request, number) =>
        {
            if (number != 3) return DimseStatus.Success;
            request.Respond(DimseStatus.Success);
            throw MoveDestination.Gone;
        };
        var final = server.Move("CLOSESBETWEEN", RetrieveRequests.Study(study[0].StudyInstanceUid));
        Assert.Equal((DimseStatus.Success, (null, 6, 0, 0)), (final.Status, final.Counts()));
        Assert.Equal((2, 6), (destination.Associations.Count, destination.Received.Count));
    }

    [Fact]
    public async Task Move_AnObjectBreaksEveryAssociation_OnlyItFails()
    {
        var study = Stored(6);
        using var destination = await MoveDestination.StartAsync(server, "BREAKSONONE");
        destination.OnObject = (request, _) => request.Command.AffectedSopInstanceUid == study[2].SopInstanceUid ? throw MoveDestination.Gone : DimseStatus.Success;
        var final = server.Move("BREAKSONONE", RetrieveRequests.Study(study[0].StudyInstanceUid));
        Assert.Equal((DimseStatus.SuboperationsWithFailures, (null, 5, 1, 0)), (final.Status, final.Counts()));
        Assert.Equal([study[2].SopInstanceUid], final.FailedUids());
        Assert.Equal(2, destination.Associations.Count);
    }

    [Fact]
    public async Task Move_AssociationBreaksTwice_FailsTheRestWithoutAThird()
    {
        var study = Stored(6);
        using var destination = await MoveDestination.StartAsync(server, "BREAKSTWICE");
        destination.OnObject = (_, number) => number is 2 or 4 ? throw MoveDestination.Gone : DimseStatus.Success;
        var final = server.Move("BREAKSTWICE", RetrieveRequests.Study(study[0].StudyInstanceUid));
        // Sent: 1, 2 (breaks), 3, 4 (breaks).
        Assert.Equal((DimseStatus.SuboperationsWithFailures, (null, 2, 4, 0)), (final.Status, final.Counts()));
        Assert.Equal(new[] { study[1], study[3], study[4], study[5] }.Select(s => s.SopInstanceUid).Order(), final.FailedUids().Order());
        Assert.Equal(2, destination.Associations.Count);
    }

    [Fact]
    public async Task Move_DestinationRejectsTheSecondAssociation_FailsTheRest()
    {
        var study = Stored(4);
        using var destination = await MoveDestination.StartAsync(server, "REJECTSNEXT");
        destination.OnAssociation = number => number > 1 ? Rejection.LocalLimitExceeded : null;
        destination.OnObject = (_, number) => number == 2 ? throw MoveDestination.Gone : DimseStatus.Success;
        var final = server.Move("REJECTSNEXT", RetrieveRequests.Study(study[0].StudyInstanceUid));
        Assert.Equal((DimseStatus.SuboperationsWithFailures, (null, 1, 3, 0)), (final.Status, final.Counts()));
        Assert.Equal(2, destination.Associations.Count);
    }

    [Fact]
    public async Task Move_DestinationRejects_AnswersA702AndSaysWhy()
    {
        var study = Stored(3);
        using var destination = await MoveDestination.StartAsync(server, "REJECTS");
        destination.OnAssociation = _ => Rejection.CallingAeTitleNotRecognized;
        var final = server.Move("REJECTS", RetrieveRequests.Study(study[0].StudyInstanceUid));
        Assert.Equal((DimseStatus.UnableToPerformSuboperations, (null, 0, 3, 0)), (final.Status, final.Counts()));
        Assert.Equal("Destination refused: calling AE title not recognized (permanent)", final.Command.ErrorComment);
        Assert.Equal(study.Select(s => s.SopInstanceUid).Order(), final.FailedUids().Order());
        Assert.Single(destination.Associations);
    }

    [Theory]
    [InlineData("A700", "B000", 2, 1, 0)]
    [InlineData("C000", "B000", 2, 1, 0)]
    [InlineData("0122", "B000", 2, 1, 0)]
    [InlineData("B000", "B000", 2, 0, 1)]
    [InlineData("B007", "B000", 2, 0, 1)]
    public async Task Move_DestinationAnswersAStatus_IsCountedAndTheOthersGoOn(string answered, string status, int completed, int failed, int warning)
    {
        var study = Stored(3);
        using var destination = await MoveDestination.StartAsync(server, "STATUS");
        destination.OnObject = (_, number) => number == 2 ? new DimseStatus(ushort.Parse(answered, NumberStyles.HexNumber, CultureInfo.InvariantCulture)) : DimseStatus.Success;
        var final = server.Move("STATUS", RetrieveRequests.Study(study[0].StudyInstanceUid));
        Assert.Equal((status, (null, completed, failed, warning)), (final.Status.Value.ToString("X4", CultureInfo.InvariantCulture), final.Counts()));
        Assert.Equal(failed == 0 ? [] : [study[1].SopInstanceUid], final.FailedUids());
        if (failed > 0) Assert.StartsWith(answered, final.Command.ErrorComment);
    }

    [Fact]
    public async Task Move_EveryObjectGetsAWarning_AnswersB000WithoutAList()
    {
        var study = Stored(2);
        using var destination = await MoveDestination.StartAsync(server, "WARNS");
        destination.OnObject = (_, _) => DimseStatus.ElementsDiscarded;
        var final = server.Move("WARNS", RetrieveRequests.Study(study[0].StudyInstanceUid));
        Assert.Equal((DimseStatus.SuboperationsWithFailures, (null, 0, 0, 2)), (final.Status, final.Counts()));
        Assert.Null(final.Dataset);
    }

    [Fact]
    public async Task Move_EveryObjectIsRefused_AnswersA702()
    {
        var study = Stored(2);
        using var destination = await MoveDestination.StartAsync(server, "REFUSESALL");
        destination.OnObject = (_, _) => DimseStatus.OutOfResources;
        var final = server.Move("REFUSESALL", RetrieveRequests.Study(study[0].StudyInstanceUid));
        Assert.Equal((DimseStatus.UnableToPerformSuboperations, (null, 0, 2, 0)), (final.Status, final.Counts()));
    }

    [Fact]
    public async Task Move_CompressedAndNative_ProposesEachAsStoredAndNativeOnesInAll()
    {
        var options = SampleOptions.Fresh();
        SampleObject[] study = [SampleObjects.Ct(options with { TransferSyntax = TransferSyntaxRegistry.ImplicitVrLittleEndian }), SampleObjects.Encapsulated(options with { SeriesNumber = 2 })];
        server.Store(study);
        using var destination = await MoveDestination.StartAsync(server, "PROPOSED");
        Assert.Equal(DimseStatus.Success, server.Move("PROPOSED", RetrieveRequests.Study(study[0].StudyInstanceUid)).Status);
        Assert.Equal(
            [
                $"{Uids.CTImageStorage} {Uids.ImplicitVRLittleEndian}",
                $"{Uids.CTImageStorage} {Uids.ExplicitVRLittleEndian} {Uids.ImplicitVRLittleEndian} {Uids.ExplicitVRBigEndian} {Uids.DeflatedExplicitVRLittleEndian}",
                $"{Uids.SecondaryCaptureImageStorage} {Uids.JPEGBaseline8Bit}",
            ],
            Assert.Single(destination.Associations).PresentationContexts.Select(c => $"{c.AbstractSyntax} {string.Join(' ', c.TransferSyntaxes)}"));
        foreach (var (sample, received) in study.Zip(destination.Received)) Assert.Equal(sample.ToDatasetBytes(), received.Dataset);
    }

    [Theory]
    [InlineData(Uids.ImplicitVRLittleEndian)]
    [InlineData(Uids.ExplicitVRLittleEndian)]
    [InlineData(Uids.ExplicitVRBigEndian)]
    [InlineData(Uids.DeflatedExplicitVRLittleEndian)]
    public async Task Move_DestinationTakesOneNativeSyntax_GetsEveryNativeObjectInIt(string taken)
    {
        string[] stored = [Uids.ImplicitVRLittleEndian, Uids.ExplicitVRLittleEndian, Uids.ExplicitVRBigEndian, Uids.DeflatedExplicitVRLittleEndian];
        var options = SampleOptions.Fresh();
        SampleObject[] study = [.. stored.Select((s, i) => SampleObjects.Ct(options with { InstanceNumber = i + 1, TransferSyntax = TransferSyntaxRegistry.GetOrAssume(s) }))];
        server.Store(study);
        using var destination = await MoveDestination.StartAsync(server, "NATIVE", [taken]);
        var final = server.Move("NATIVE", RetrieveRequests.Study(study[0].StudyInstanceUid));
        Assert.Equal((DimseStatus.Success, (null, 4, 0, 0)), (final.Status, final.Counts()));
        var wanted = TransferSyntaxRegistry.GetOrAssume(taken);
        foreach (var (sample, received) in study.Zip(destination.Received))
        {
            Assert.Equal(wanted, received.Context.TransferSyntax);
            // A deflated stream is one of many: what it says is compared.
            Assert.Equal(
                DatasetWriter.ToArray(sample.Dataset, TransferSyntaxRegistry.ExplicitVrLittleEndian),
                DatasetWriter.ToArray(DatasetReader.Read(received.Dataset, wanted, new DatasetLimits { KeepBulkData = true }), TransferSyntaxRegistry.ExplicitVrLittleEndian));
        }
    }

    [Fact]
    public async Task Move_DestinationTakesNoneOfTheSyntaxesOfAnObject_FailsItAlone()
    {
        var options = SampleOptions.Fresh();
        SampleObject[] study = [SampleObjects.Ct(options), SampleObjects.Encapsulated(options with { SeriesNumber = 2 })];
        server.Store(study);
        using var destination = await MoveDestination.StartAsync(server, "UNCOMPRESSED", [Uids.ExplicitVRLittleEndian]);
        var final = server.Move("UNCOMPRESSED", RetrieveRequests.Study(study[0].StudyInstanceUid));
        Assert.Equal((DimseStatus.SuboperationsWithFailures, (null, 1, 1, 0)), (final.Status, final.Counts()));
        Assert.Equal([study[1].SopInstanceUid], final.FailedUids());
        Assert.StartsWith("Not accepted: Secondary Capture Image Storage, JPEG Baseline", final.Command.ErrorComment);
    }

    [Fact]
    public async Task Move_RulesOfTheDestinationNameSyntaxes_ProposesThoseInTheirOrder()
    {
        var options = SampleOptions.Fresh();
        SampleObject[] study = [SampleObjects.Ct(options), SampleObjects.Encapsulated(options with { SeriesNumber = 2 })];
        server.Store(study);
        using var destination = await MoveDestination.StartAsync(server, "IMPLICITONLY", rules: new AssociationRules { TransferSyntaxes = [Uids.ImplicitVRLittleEndian] });
        var final = server.Move("IMPLICITONLY", RetrieveRequests.Study(study[0].StudyInstanceUid));
        Assert.Equal((DimseStatus.SuboperationsWithFailures, (null, 1, 1, 0)), (final.Status, final.Counts()));
        var proposed = Assert.Single(Assert.Single(destination.Associations).PresentationContexts);
        Assert.Equal((Uids.CTImageStorage, Uids.ImplicitVRLittleEndian), (proposed.AbstractSyntax, Assert.Single(proposed.TransferSyntaxes)));
    }

    [Fact]
    public async Task Move_RulesOfTheDestinationBarEveryClass_FailsWithoutAnAssociation()
    {
        var study = Stored(2);
        using var destination = await MoveDestination.StartAsync(server, "MRONLY", rules: new AssociationRules { SopClasses = [Uids.MRImageStorage] });
        var final = server.Move("MRONLY", RetrieveRequests.Study(study[0].StudyInstanceUid));
        Assert.Equal((DimseStatus.UnableToPerformSuboperations, (null, 0, 2, 0)), (final.Status, final.Counts()));
        Assert.StartsWith("Rules of MRONLY bar CT Image Storage", final.Command.ErrorComment);
        Assert.Empty(destination.Associations);
    }

    private IReadOnlyList<SampleObject> Stored(int count)
    {
        var study = SampleObjects.Study(1, count, SampleOptions.Fresh() with { Rows = 8, Columns = 8 });
        server.Store(study);
        return study;
    }
}
