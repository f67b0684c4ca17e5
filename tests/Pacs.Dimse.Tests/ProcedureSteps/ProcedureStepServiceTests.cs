using Pacs.Dicom.Datasets;
using Pacs.Dicom.Dictionaries;
using Pacs.Dicom.Messages;
using Pacs.Dicom.Net;
using Pacs.Dicom.Primitives;
using Pacs.Storage.ProcedureSteps;
using Pacs.Storage.Queries;
using Pacs.Storage.Worklist;
using Pacs.TestKit.Samples;

namespace Pacs.Dimse.Tests.ProcedureSteps;

public sealed class ProcedureStepServiceTests(DimseFixture server) : IClassFixture<DimseFixture>
{
    private const string SopClass = Uids.ModalityPerformedProcedureStep;

    [Theory]
    [InlineData("COMPLETED", ProcedureStepStatus.Completed)]
    [InlineData("DISCONTINUED", ProcedureStepStatus.Discontinued)]
    public async Task Set_StepInProgress_EndsItAndItsWorklistItem(string term, ProcedureStepStatus status)
    {
        var id = term;
        await PutItemsAsync(WorklistSamples.Minimal(id).Set(Tags.StudyInstanceUID, "1.2.3.40"));
        var uid = Uid.Generate();
        AssertSuccess(Create(uid, ProcedureStepSamples.Create(id, "1.2.3.40")));
        Assert.Equal("STARTED", await StatusOfItemAsync(id));

        AssertSuccess(Set(uid, ProcedureStepSamples.End(term)));
        Assert.Equal(term, await StatusOfItemAsync(id));
        var step = (await StepAsync(uid))!;
        Assert.Equal(status, step.Status);
        Assert.Equal(["1.2.3.40"], step.StudyInstanceUids);
        Assert.Equal("Müller^Jürgen", step.Dataset.GetString(Tags.PatientName));
        Assert.Equal("104500", step.Dataset.GetString(Tags.PerformedProcedureStepEndTime));
        Assert.Equal("CHEST", step.Dataset.GetItems(Tags.PerformedSeriesSequence)[0].GetString(Tags.ProtocolName));
    }

    [Fact]
    public void Create_NoUid_IsGivenOne()
    {
        var response = Create(null, ProcedureStepSamples.Create("210"));
        AssertSuccess(response);
        Assert.True(Uid.IsValid(response.AffectedSopInstanceUid));
        AssertSuccess(Set(response.AffectedSopInstanceUid!, ProcedureStepSamples.End("COMPLETED")));
    }

    [Fact]
    public void Create_Again_Answers0111()
    {
        var uid = Uid.Generate();
        AssertSuccess(Create(uid, ProcedureStepSamples.Create("220")));
        Assert.Equal(DimseStatus.DuplicateSopInstance, Create(uid, ProcedureStepSamples.Create("220")).Status);
    }

    [Fact]
    public void Create_UidThatIsNone_Answers0117() =>
        Assert.Equal(DimseStatus.InvalidSopInstance, Create("../etc", ProcedureStepSamples.Create("221")).Status);

    [Fact]
    public void Set_Unknown_Answers0112() =>
        Assert.Equal(DimseStatus.NoSuchSopInstance, Set(Uid.Generate(), ProcedureStepSamples.End("COMPLETED")).Status);

    [Theory]
    [InlineData("COMPLETED")]
    [InlineData("DISCONTINUED")]
    public async Task Set_StepThatHasEnded_Answers0110WithErrorIdA710(string term)
    {
        var uid = Uid.Generate();
        AssertSuccess(Create(uid, ProcedureStepSamples.Create("230")));
        AssertSuccess(Set(uid, ProcedureStepSamples.End(term)));
        var response = Set(uid, new DicomDataset().Set(Tags.PerformedProcedureStepDescription, "Changed"));
        Assert.Equal(DimseStatus.ProcessingFailure, response.Status);
        Assert.Equal((ushort)0xA710, response.ErrorId);
        Assert.Equal("Performed Procedure Step Object may no longer be updated", response.ErrorComment);
        Assert.Equal("CT", (await StepAsync(uid))!.Dataset.GetString(Tags.PerformedProcedureStepDescription));
    }

    public static TheoryData<string> Type1 =>
    [
        "ScheduledStepAttributesSequence", "PerformedProcedureStepID", "PerformedStationAETitle", "PerformedProcedureStepStartDate",
        "PerformedProcedureStepStartTime", "PerformedProcedureStepStatus", "Modality",
    ];

    [Theory]
    [MemberData(nameof(Type1))]
    public async Task Create_Type1AttributeMissingOrEmpty_Answers0120Or0121WithTheElement(string keyword)
    {
        var tag = TagOf(keyword);
        var uid = Uid.Generate();
        var dataset = ProcedureStepSamples.Create("240");
        dataset.Remove(tag);
        var missing = Create(uid, dataset);
        Assert.Equal(DimseStatus.MissingAttribute, missing.Status);
        Assert.Equal([tag], missing.AttributeIdentifierList);
        Assert.Contains(keyword, missing.ErrorComment, StringComparison.Ordinal);

        var empty = Create(uid, tag == Tags.ScheduledStepAttributesSequence ? dataset.Set(tag, Array.Empty<DicomDataset>()) : dataset.Set(tag, ""));
        Assert.Equal(DimseStatus.MissingAttributeValue, empty.Status);
        Assert.Equal([tag], empty.AttributeIdentifierList);
        Assert.Null(await StepAsync(uid));
    }

    public static TheoryData<string> Type2 =>
    [
        "PatientName", "PatientID", "PatientBirthDate", "PatientSex", "ReferencedPatientSequence", "PerformedStationName", "PerformedLocation",
        "PerformedProcedureStepDescription", "PerformedProcedureTypeDescription", "ProcedureCodeSequence", "PerformedProcedureStepEndDate",
        "PerformedProcedureStepEndTime", "StudyID", "PerformedProtocolCodeSequence", "PerformedSeriesSequence",
    ];

    [Theory]
    [MemberData(nameof(Type2))]
    public void Create_Type2AttributeMissing_IsTaken(string keyword)
    {
        var dataset = ProcedureStepSamples.Create("250");
        dataset.Remove(TagOf(keyword));
        AssertSuccess(Create(Uid.Generate(), dataset));
    }

    [Theory]
    [MemberData(nameof(Type2))]
    public async Task Create_Type2AttributeMissing_IsRefusedWhereRulesAreStrict(string keyword)
    {
        var dataset = ProcedureStepSamples.Create("251");
        dataset.Remove(TagOf(keyword));
        var fault = await Assert.ThrowsAsync<ProcedureStepException>(() => server.Get<ProcedureStepStore>().CreateAsync(Uid.Generate(), dataset, "X", isStrict: true, default));
        Assert.Equal(ProcedureStepFault.MissingAttribute, fault.Fault);
        Assert.Equal([TagOf(keyword)], fault.Attributes);
    }

    [Theory]
    [InlineData("PerformedProcedureStepStatus", "COMPLETED")]
    [InlineData("PerformedProcedureStepStatus", "DONE")]
    [InlineData("PerformedProcedureStepStartDate", "today")]
    [InlineData("PerformedProcedureStepStartTime", "25")]
    public void Create_InvalidValue_Answers0106WithTheAttribute(string keyword, string value)
    {
        using var association = Connect();
        var response = Send(association, CommandField.NCreateRq, Uid.Generate(), ProcedureStepSamples.Create("260").Set(TagOf(keyword), value));
        Assert.Equal(DimseStatus.InvalidAttributeValue, response.Status);
        Assert.Equal([TagOf(keyword)], response.Command.AttributeIdentifierList);
        Assert.Equal(value, response.Dataset!.GetString(TagOf(keyword)));
    }

    [Fact]
    public void Create_StudyUidMissingInTheScheduledStep_Answers0120WithTheSequence()
    {
        var dataset = ProcedureStepSamples.Create("261");
        dataset.GetItems(Tags.ScheduledStepAttributesSequence)[0].Remove(Tags.StudyInstanceUID);
        var response = Create(Uid.Generate(), dataset);
        Assert.Equal(DimseStatus.MissingAttribute, response.Status);
        Assert.Equal([Tags.ScheduledStepAttributesSequence], response.AttributeIdentifierList);
    }

    public static TheoryData<string, ushort> Unfinished => new()
    {
        { "PerformedProcedureStepEndDate", 0x0121 }, { "PerformedProcedureStepEndTime", 0x0121 }, { "PerformedSeriesSequence", 0x0121 },
        { "PerformedSeriesSequence.SeriesInstanceUID", 0x0120 }, { "PerformedSeriesSequence.ProtocolName", 0x0120 },
    };

    [Theory]
    [MemberData(nameof(Unfinished))]
    public async Task Set_CompletedWithoutWhatItNeeds_IsRefusedAndStaysInProgress(string path, ushort status)
    {
        var uid = Uid.Generate();
        AssertSuccess(Create(uid, ProcedureStepSamples.Create("270")));
        var end = ProcedureStepSamples.End("COMPLETED");
        var parts = path.Split('.');
        (parts.Length == 1 ? end : end.GetItems(TagOf(parts[0]))[0]).Remove(TagOf(parts[^1]));
        var response = Set(uid, end);
        Assert.Equal(new DimseStatus(status), response.Status);
        Assert.Equal([TagOf(parts[0])], response.AttributeIdentifierList);
        Assert.Equal(ProcedureStepStatus.InProgress, (await StepAsync(uid))!.Status);
        AssertSuccess(Set(uid, ProcedureStepSamples.End("COMPLETED")));
    }

    [Fact]
    public void Set_DiscontinuedBeforeTheFirstSeries_IsTaken()
    {
        var uid = Uid.Generate();
        AssertSuccess(Create(uid, ProcedureStepSamples.Create("271")));
        var end = ProcedureStepSamples.End("DISCONTINUED");
        end.Remove(Tags.PerformedSeriesSequence);
        AssertSuccess(Set(uid, end));
    }

    [Fact]
    public async Task Set_AttributesThatAreFixed_AreLeftAsTheyAreAndTold()
    {
        var uid = Uid.Generate();
        AssertSuccess(Create(uid, ProcedureStepSamples.Create("280")));
        AssertSuccess(Set(uid, new DicomDataset().Set(Tags.PatientID, "PAT280").Set(Tags.PerformedProcedureStepDescription, "Same patient")));
        var response = Set(uid, new DicomDataset().Set(Tags.PatientID, "OTHER").Set(Tags.PerformedProcedureStepDescription, "Another"));
        Assert.Equal(DimseStatus.AttributeListError, response.Status);
        Assert.Equal([Tags.PatientID], response.AttributeIdentifierList);
        var step = (await StepAsync(uid))!.Dataset;
        Assert.Equal("PAT280", step.GetString(Tags.PatientID));
        Assert.Equal("Another", step.GetString(Tags.PerformedProcedureStepDescription));
    }

    [Fact]
    public async Task Set_AttributesThatAreFixed_AreRefusedWhereRulesAreStrict()
    {
        var uid = Uid.Generate();
        AssertSuccess(Create(uid, ProcedureStepSamples.Create("281")));
        var fault = await Assert.ThrowsAsync<ProcedureStepException>(() => server.Get<ProcedureStepStore>().SetAsync(uid, new DicomDataset().Set(Tags.PatientID, "OTHER"), isStrict: true, default));
        Assert.Equal(ProcedureStepFault.NoSuchAttribute, fault.Fault);
    }

    [Fact]
    public async Task Set_ManyAtOnce_OneEndsTheStepAndTheOthersAreTold()
    {
        var uid = Uid.Generate();
        AssertSuccess(Create(uid, ProcedureStepSamples.Create("290")));
        var store = server.Get<ProcedureStepStore>();
        var outcomes = await Task.WhenAll(Enumerable.Range(0, 8).Select(n => Task.Run(async () =>
        {
            try
            {
                await store.SetAsync(uid, ProcedureStepSamples.End(n % 2 == 0 ? "COMPLETED" : "DISCONTINUED"), isStrict: false, default);
                return (ProcedureStepFault?)null;
            }
            catch (ProcedureStepException e)
            {
                return e.Fault;
            }
        })));
        Assert.Single(outcomes, o => o is null);
        Assert.Equal(7, outcomes.Count(o => o == ProcedureStepFault.NoLongerUpdatable));
    }

    [Fact]
    public async Task Create_ModalityWithAStudyOfItsOwn_FindsTheItemByAccessionNumber()
    {
        await PutItemsAsync(WorklistSamples.Minimal("300"));
        AssertSuccess(Create(Uid.Generate(), ProcedureStepSamples.Create("300", Uid.Generate())));
        Assert.Equal("STARTED", await StatusOfItemAsync("300"));
    }

    [Fact]
    public async Task Create_SameAccessionNumberOfAnotherPatient_TouchesNoItem()
    {
        await PutItemsAsync(WorklistSamples.Minimal("301"));
        AssertSuccess(Create(Uid.Generate(), ProcedureStepSamples.Create("301", Uid.Generate()).Set(Tags.PatientID, "SOMEBODY")));
        Assert.Equal("SCHEDULED", await StatusOfItemAsync("301"));
    }

    [Fact]
    public async Task Create_StudyOfTwoStepsAndNoneNamed_TouchesNoItem()
    {
        var second = WorklistSamples.Minimal("302").Set(Tags.StudyInstanceUID, "1.2.3.302");
        second.Step().Set(Tags.ScheduledProcedureStepID, "SPS302B");
        await PutItemsAsync(WorklistSamples.Minimal("302").Set(Tags.StudyInstanceUID, "1.2.3.302"), second);
        var unnamed = ProcedureStepSamples.Create("302", "1.2.3.302");
        unnamed.GetItems(Tags.ScheduledStepAttributesSequence)[0].Set(Tags.ScheduledProcedureStepID, "");
        AssertSuccess(Create(Uid.Generate(), unnamed));
        Assert.Equal("SCHEDULED", await StatusOfItemAsync("302"));

        AssertSuccess(Create(Uid.Generate(), ProcedureStepSamples.Create("302", "1.2.3.302")));
        Assert.Equal(["SCHEDULED", "STARTED"], (await ItemsAsync("302")).Select(i => i.Dataset.Step().GetString(Tags.ScheduledProcedureStepStatus)!).Order());
    }

    [Fact]
    public async Task Set_WrongWorklistEntryWasChosen_SchedulesTheItemAgain()
    {
        await PutItemsAsync(WorklistSamples.Minimal("310").Set(Tags.StudyInstanceUID, "1.2.3.310"));
        var uid = Uid.Generate();
        AssertSuccess(Create(uid, ProcedureStepSamples.Create("310", "1.2.3.310")));
        AssertSuccess(Set(uid, ProcedureStepSamples.End("DISCONTINUED").Set(Tags.PerformedProcedureStepDiscontinuationReasonCodeSequence,
            new DicomDataset().Set(Tags.CodeValue, "110514").Set(Tags.CodingSchemeDesignator, "DCM").Set(Tags.CodeMeaning, "Incorrect worklist entry selected"))));
        Assert.Equal("SCHEDULED", await StatusOfItemAsync("310"));
    }

    [Theory]
    [InlineData(CommandField.NGetRq)]
    [InlineData(CommandField.NDeleteRq)]
    [InlineData(CommandField.NActionRq)]
    [InlineData(CommandField.CEchoRq)]
    public void Handle_OtherOperation_Answers0211(CommandField operation)
    {
        using var association = Connect();
        Assert.Equal(DimseStatus.UnrecognizedOperation, Send(association, operation, Uid.Generate(), null).Status);
    }

    [Fact]
    public void Handle_NoDatasetOrABrokenOne_IsRefusedAndTheAssociationGoesOn()
    {
        using var association = Connect();
        Assert.Equal(DimseStatus.MissingAttribute, Send(association, CommandField.NCreateRq, Uid.Generate(), null).Status);
        var huge = new DicomDataset().Set(new ValueElement(Tags.PatientComments, Vr.UT, new byte[17 * 1024 * 1024]));
        Assert.Equal(DimseStatus.ProcessingFailure, Send(association, CommandField.NCreateRq, Uid.Generate(), huge).Status);
        var bulky = ProcedureStepSamples.Create("320").Set(new ValueElement(Tags.PixelData, Vr.OB, new byte[100]));
        Assert.Equal(DimseStatus.InvalidAttributeValue, Send(association, CommandField.NCreateRq, Uid.Generate(), bulky).Status);
        AssertSuccess(Send(association, CommandField.NCreateRq, Uid.Generate(), ProcedureStepSamples.Create("320").Set(Tags.CommentsOnThePerformedProcedureStep, new string('A', 100_000))).Command);
    }

    private Task PutItemsAsync(params IReadOnlyList<DicomDataset> items) => server.Get<WorklistStore>().PutAsync(items, default);

    private async Task<List<WorklistItem>> ItemsAsync(string id)
    {
        var items = new List<WorklistItem>();
        IReadOnlyList<MatchingKey> keys =
        [
            new(new AttributePath(Tags.PatientID), Vr.LO, [$"PAT{id}"]),
            new(new AttributePath(Tags.ScheduledProcedureStepSequence, Tags.ScheduledProcedureStepStatus), Vr.CS, ["*"]),
        ];
        await foreach (var item in server.Get<WorklistSearch>().RunAsync(keys, false, default)) items.Add(item);
        return items;
    }

    private async Task<string?> StatusOfItemAsync(string id) => (await ItemsAsync(id))[0].Dataset.Step().GetString(Tags.ScheduledProcedureStepStatus);

    private Task<ProcedureStep?> StepAsync(string uid) => server.Get<ProcedureStepStore>().FindAsync(uid, default);

    private ClientAssociation Connect() => server.Connect(new ProposedContext(SopClass, Uids.ExplicitVRLittleEndian));

    private CommandSet Create(string? uid, DicomDataset dataset)
    {
        using var association = Connect();
        return Send(association, CommandField.NCreateRq, uid, dataset).Command;
    }

    private CommandSet Set(string uid, DicomDataset dataset)
    {
        using var association = Connect();
        return Send(association, CommandField.NSetRq, uid, dataset).Command;
    }

    private static DimseResponse Send(ClientAssociation association, CommandField operation, string? uid, DicomDataset? dataset)
    {
        var request = operation == CommandField.NCreateRq
            ? new CommandSet { Command = operation, AffectedSopClassUid = SopClass, AffectedSopInstanceUid = uid }
            : new CommandSet { Command = operation, RequestedSopClassUid = SopClass, RequestedSopInstanceUid = uid };
        return association.Send(association.FindContexts(SopClass)[0], request, dataset).Last();
    }

    private static void AssertSuccess(CommandSet response) => Assert.True(response.Status.IsSuccess, $"{response.Status} {response.ErrorComment}");

    private static Tag TagOf(string keyword) => DataElementDictionary.TryParse(keyword, out var tag) ? tag : throw new ArgumentException(keyword);
}
