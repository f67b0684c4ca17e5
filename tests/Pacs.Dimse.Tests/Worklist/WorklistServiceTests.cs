using Pacs.Dicom.CharacterSets;
using Pacs.Dicom.Datasets;
using Pacs.Dicom.Dictionaries;
using Pacs.Dicom.Messages;
using Pacs.Dicom.Net;
using Pacs.Dicom.Primitives;
using Pacs.Dicom.UpperLayer;
using Pacs.Storage.Worklist;
using Pacs.TestKit.Processes;
using Pacs.TestKit.Samples;

namespace Pacs.Dimse.Tests.Worklist;

public sealed class WorklistServiceTests(DimseFixture server) : IClassFixture<DimseFixture>
{
    private const string Model = Uids.ModalityWorklistInformationModelFind;

    /// <summary>The attributes of PS3.4 Table K.6-1, each with a key that finds the sample and one that does not.</summary>
    public static TheoryData<string, string, string> Keys => new()
    {
        { "ScheduledProcedureStepSequence.ScheduledStationAETitle", "CT1", "CT2" },
        { "ScheduledProcedureStepSequence.ScheduledProcedureStepStartDate", "20261121", "20261122" },
        { "ScheduledProcedureStepSequence.ScheduledProcedureStepStartDate", "20261120-20261121", "20261122-" },
        { "ScheduledProcedureStepSequence.ScheduledProcedureStepStartTime", "1030", "1031" },
        { "ScheduledProcedureStepSequence.ScheduledProcedureStepStartTime", "1000-1100", "-1000" },
        { "ScheduledProcedureStepSequence.Modality", "CT", "MR" },
        { "ScheduledProcedureStepSequence.Modality", "C*", "M*" },
        { "ScheduledProcedureStepSequence.ScheduledPerformingPhysicianName", "house^*", "wilson^*" },
        { "ScheduledProcedureStepSequence.ScheduledProcedureStepDescription", "CT of*", "MR of*" },
        { "ScheduledProcedureStepSequence.ScheduledStationName", "SCANNER1", "SCANNER2" },
        { "ScheduledProcedureStepSequence.ScheduledProcedureStepLocation", "ROOM ?", "ROOM" },
        { "ScheduledProcedureStepSequence.ReferencedDefinedProtocolSequence.ReferencedSOPClassUID", Uids.CTDefinedProcedureProtocolStorage, "1.2" },
        { "ScheduledProcedureStepSequence.ReferencedDefinedProtocolSequence.ReferencedSOPInstanceUID", "1.2.3.4.5", "1.2" },
        { "ScheduledProcedureStepSequence.ReferencedPerformedProtocolSequence.ReferencedSOPClassUID", Uids.CTPerformedProcedureProtocolStorage, "1.2" },
        { "ScheduledProcedureStepSequence.ScheduledProtocolCodeSequence.CodeValue", "1001", "1002" },
        { "ScheduledProcedureStepSequence.ScheduledProtocolCodeSequence.CodingSchemeDesignator", "99TEST", "DCM" },
        { "ScheduledProcedureStepSequence.ScheduledProtocolCodeSequence.CodingSchemeVersion", "1", "2" },
        { "ScheduledProcedureStepSequence.ScheduledProtocolCodeSequence.CodeMeaning", "Chest*", "Head*" },
        { "ScheduledProcedureStepSequence.PreMedication", "SEDATIVE", "NONE" },
        { "ScheduledProcedureStepSequence.ScheduledProcedureStepID", "SPS100", "SPS101" },
        { "ScheduledProcedureStepSequence.RequestedContrastAgent", "IODINE", "BARIUM" },
        { "ScheduledProcedureStepSequence.ScheduledProcedureStepStatus", "ARRIVED", "READY" },
        { "ScheduledSpecimenSequence.ContainerIdentifier", "BOX7", "BOX8" },
        { "ScheduledSpecimenSequence.SpecimenDescriptionSequence.SpecimenIdentifier", "SPEC9", "SPEC8" },
        { "RequestedProcedureID", "RP100", "RP101" },
        { "RequestedProcedureDescription", "Chest CT", "Head CT" },
        { "RequestedProcedureCodeSequence.CodeValue", "CHEST", "HEAD" },
        { "StudyInstanceUID", "1.2.826.0.1.3680043.8.498.100", "1.2.826.0.1.3680043.8.498.101" },
        { "StudyInstanceUID", "1.2\\1.2.826.0.1.3680043.8.498.100", "1.2\\1.3" },
        { "StudyDate", "20261120", "20261119" },
        { "StudyTime", "0815", "0816" },
        { "ReferencedStudySequence.ReferencedSOPClassUID", "1.2.840.10008.3.1.2.3.1", "1.2" },
        { "ReferencedStudySequence.ReferencedSOPInstanceUID", "1.2.3.4.5", "1.2" },
        { "RequestedProcedurePriority", "STAT", "LOW" },
        { "PatientTransportArrangements", "WHEELCHAIR", "BED" },
        { "AccessionNumber", "ACC100", "ACC101" },
        { "IssuerOfAccessionNumberSequence.LocalNamespaceEntityID", "RIS", "HIS" },
        { "RequestingPhysician", "Wilson^James", "Wilson" },
        { "ReferringPhysicianName", "cuddy*", "house*" },
        { "PlacerOrderNumberImagingServiceRequest", "PL1", "PL2" },
        { "FillerOrderNumberImagingServiceRequest", "FL1", "FL2" },
        { "AdmissionID", "ADM5", "ADM6" },
        { "IssuerOfAdmissionIDSequence.LocalNamespaceEntityID", "ADT", "RIS" },
        { "CurrentPatientLocation", "WARD 4", "WARD 5" },
        { "ReferencedPatientSequence.ReferencedSOPClassUID", "1.2.840.10008.3.1.2.1.1", "1.2" },
        { "ReferencedPatientSequence.ReferencedSOPInstanceUID", "1.2.3.4.5", "1.2" },
        { "PatientName", "muller^j*", "muller^k*" },
        { "PatientName", "MÜLLER^JÜRGEN", "MÜLLER" },
        { "PatientID", "PAT100", "PAT101" },
        { "IssuerOfPatientID", "HOSPITAL", "CLINIC" },
        { "OtherPatientIDsSequence.PatientID", "OTHER1", "OTHER2" },
        { "PatientBirthDate", "19700101-19700103", "19700103-" },
        { "PatientSex", "M", "F" },
        { "PatientPrimaryLanguageCodeSequence.CodeValue", "de", "en" },
        { "PatientWeight", "81.50", "81.6" },
        { "PatientSize", "1.83", "1.84" },
        { "ConfidentialityConstraintOnPatientDataDescription", "VIP", "NONE" },
        { "PatientState", "STABLE", "UNSTABLE" },
        { "PregnancyStatus", "4", "3" },
        { "MedicalAlerts", "PACEMAKER", "IMPLANT" },
        { "Allergies", "LATEX", "NUTS" },
        { "SpecialNeeds", "INTERPRETER", "NONE" },
    };

    [Theory]
    [MemberData(nameof(Keys))]
    public async Task Find_KeyOfTheTable_MatchesAndIsReturned(string path, string matching, string other)
    {
        await PutAsync(WorklistSamples.Full("100"), WorklistSamples.Minimal("199"));
        DicomDataset Key(string value) => path == "PatientID" && value.Length > 0 ? Identifier(path, value) : Identifier(path, value).Set(Tags.PatientID, "PAT100");
        var item = Assert.Single(Find(Key(matching)));
        Assert.NotNull(ValueAt(item, path));
        Assert.Empty(Find(Key(other)));
        // Asked for without a value it is returned all the same, and nothing else with it.
        var all = Assert.Single(Find(Key("")));
        Assert.Equal(ValueAt(item, path), ValueAt(all, path));
        Assert.DoesNotContain(all, e => e.Tag != Tags.PatientID && e.Tag != SpecificCharacterSet.Tag && e.Tag != TagOf(path.Split('.')[0]));
    }

    [Fact]
    public async Task Find_AttributeNotKnown_IsAnsweredEmpty()
    {
        await PutAsync(WorklistSamples.Minimal("110"));
        var wanted = new DicomDataset().Set(Tags.PatientID, "PAT110").Set(Tags.Allergies, "").Set(Tags.ReferencedStudySequence, Array.Empty<DicomDataset>())
            .Set(Tags.ScheduledProcedureStepSequence, new DicomDataset().Set(Tags.PreMedication, "").Set(Tags.Modality, ""));
        var item = Assert.Single(Find(wanted));
        Assert.True(item[Tags.Allergies] is ValueElement { Value.IsEmpty: true });
        Assert.Empty(item.GetItems(Tags.ReferencedStudySequence));
        Assert.True(item.Contains(Tags.ReferencedStudySequence));
        Assert.True(item.Step()[Tags.PreMedication] is ValueElement { Value.IsEmpty: true });
        Assert.Equal("CT", item.Step().GetString(Tags.Modality));
        Assert.False(item.Step().Contains(Tags.ScheduledStationAETitle));
    }

    [Fact]
    public async Task Find_StepSequenceEmpty_ReturnsAllOfTheStep()
    {
        await PutAsync(WorklistSamples.Minimal("120"));
        var step = Assert.Single(Find(new DicomDataset().Set(Tags.PatientID, "PAT120").Set(Tags.ScheduledProcedureStepSequence, Array.Empty<DicomDataset>()))).Step();
        Assert.Equal("SPS120", step.GetString(Tags.ScheduledProcedureStepID));
        Assert.Equal("SCHEDULED", step.GetString(Tags.ScheduledProcedureStepStatus));
    }

    [Theory]
    [InlineData("20261201-20261203", "1000-1800", "A,B,C")]
    [InlineData("20261201-20261203", "1200-0800", "B")]
    [InlineData("20261201-", "1200-", "B,C,D")]
    [InlineData("-20261203", "-0800", "A,B")]
    public async Task Find_DateAndTimeRanges_AreOnePeriod(string dates, string times, string expected)
    {
        await PutAsync(At("A", "20261201", "1100"), At("B", "20261202", "2300"), At("C", "20261203", "0900"), At("D", "20261204", "0100"));
        var items = Find(new DicomDataset().Set(Tags.RequestedProcedureID, "PERIOD").Set(Tags.AccessionNumber, "")
            .Set(Tags.ScheduledProcedureStepSequence, new DicomDataset().Set(Tags.ScheduledProcedureStepStartDate, dates).Set(Tags.ScheduledProcedureStepStartTime, times)));
        Assert.Equal(expected, string.Join(',', items.Select(i => i.GetString(Tags.AccessionNumber))));

        static DicomDataset At(string id, string date, string time)
        {
            var item = WorklistSamples.Minimal(id).Set(Tags.AccessionNumber, id).Set(Tags.RequestedProcedureID, "PERIOD");
            item.Step().Set(Tags.ScheduledProcedureStepStartDate, date).Set(Tags.ScheduledProcedureStepStartTime, time);
            return item;
        }
    }

    [Theory]
    [InlineData("COMPLETED", 0)]
    [InlineData("DISCONTINUED", 0)]
    [InlineData("STARTED", 1)]
    public async Task Find_ClosedItem_IsFoundByItsStatusAlone(string status, int open)
    {
        var item = WorklistSamples.Minimal(status);
        item.Step().Set(Tags.ScheduledProcedureStepStatus, status);
        await PutAsync(item);
        var key = new DicomDataset().Set(Tags.PatientID, $"PAT{status}");
        Assert.Equal(open, Find(key).Count);
        Assert.Single(Find(key.Set(Tags.ScheduledProcedureStepSequence, new DicomDataset().Set(Tags.ScheduledProcedureStepStatus, status))));
    }

    [Theory]
    [MemberData(nameof(Syntaxes))]
    public async Task Find_EveryNativeSyntax_IsAnswered(string syntax)
    {
        await PutAsync(WorklistSamples.Full("130"));
        var (items, final) = TryFind(new DicomDataset().Set(Tags.PatientID, "PAT130").Set(Tags.PregnancyStatus, Array.Empty<string>()), syntax);
        Assert.True(final.Status.IsSuccess);
        Assert.Equal("4", Assert.Single(items).GetString(Tags.PregnancyStatus));
    }

    public static TheoryData<string> Syntaxes =>
        [Uids.ExplicitVRLittleEndian, Uids.ImplicitVRLittleEndian, Uids.ExplicitVRBigEndian, Uids.DeflatedExplicitVRLittleEndian];

    [Theory]
    [InlineData("ISO_IR 100", "ISO_IR 100")]
    [InlineData("ISO_IR 101", "ISO_IR 101")]
    [InlineData("ISO_IR 144", "ISO_IR 192")]
    [InlineData(null, "ISO_IR 192")]
    public async Task Find_NameBeyondAscii_IsAnsweredInCharactersTheRequesterReads(string? asked, string answered)
    {
        await PutAsync(WorklistSamples.Full("140"));
        var identifier = new DicomDataset().Set(Tags.PatientID, "PAT140").Set(Tags.PatientName, "");
        if (asked is not null) identifier.Set(SpecificCharacterSet.Tag, Vr.CS, asked);
        var item = Assert.Single(Find(identifier));
        Assert.Equal(answered, item.GetString(SpecificCharacterSet.Tag));
        Assert.Equal("Müller^Jürgen", item.GetString(Tags.PatientName));
    }

    [Fact]
    public async Task Find_NestedKeyBeyondAscii_IsReadInTheRequestersCharacterSet()
    {
        var item = WorklistSamples.Minimal("150").Set(SpecificCharacterSet.Tag, Vr.CS, "ISO_IR 192");
        item.Step().Set(Tags.ScheduledProcedureStepLocation, "Höhle");
        await PutAsync(item);
        var identifier = new DicomDataset().Set(SpecificCharacterSet.Tag, Vr.CS, "ISO_IR 100").Set(Tags.ScheduledProcedureStepSequence, new DicomDataset());
        identifier.GetItems(Tags.ScheduledProcedureStepSequence)[0].Set(Tags.ScheduledProcedureStepLocation, "Höhle");
        Assert.Single(Find(identifier));
    }

    [Fact]
    public void Find_TwoItemsInASequenceKey_AnswersA900WithTheElement()
    {
        var (_, final) = TryFind(new DicomDataset().Set(Tags.ScheduledProcedureStepSequence, new DicomDataset(), new DicomDataset()));
        Assert.Equal(DimseStatus.DatasetDoesNotMatchSopClass, final.Status);
        Assert.Equal([Tags.ScheduledProcedureStepSequence], final.Command.OffendingElements);
    }

    [Fact]
    public void Find_BadDate_AnswersA900WithTheElement()
    {
        var (_, final) = TryFind(Identifier("ScheduledProcedureStepSequence.ScheduledProcedureStepStartDate", "today"));
        Assert.Equal(DimseStatus.DatasetDoesNotMatchSopClass, final.Status);
        Assert.Equal([Tags.ScheduledProcedureStepStartDate], final.Command.OffendingElements);
    }

    [Fact]
    public async Task Find_KeyThatCannotBeMatched_AnswersFF01()
    {
        await PutAsync(WorklistSamples.Minimal("160"));
        var (items, final) = TryFind(new DicomDataset().Set(Tags.PatientID, "PAT160").Set(new ValueElement(new Tag(0x00420011), Vr.OB, new byte[] { 1, 2 })));
        Assert.True(final.Status.IsSuccess);
        Assert.Single(items);
        using var association = server.Connect(new ProposedContext(Model, Uids.ExplicitVRLittleEndian));
        var first = association.Find(Model, new DicomDataset().Set(Tags.PatientID, "PAT160").Set(new ValueElement(new Tag(0x00420011), Vr.OB, new byte[] { 1, 2 }))).ToList()[0];
        Assert.Equal(DimseStatus.PendingWithoutOptionalKeys, first.Status);
    }

    [Fact]
    public async Task Find_LeftAmidItsAnswers_IsCancelledAndTheAssociationGoesOn()
    {
        await PutAsync([.. Enumerable.Range(0, 600).Select(n => WorklistSamples.Minimal($"CANCEL{n}").Set(Tags.PatientState, "CANCELME"))]);
        using var association = server.Connect(new ProposedContext(Model, Uids.ExplicitVRLittleEndian));
        Assert.Equal(DimseStatus.Pending, association.Find(Model, new DicomDataset().Set(Tags.PatientState, "CANCELME")).First().Status);
        Assert.True(Assert.Single(association.Find(Model, new DicomDataset().Set(Tags.PatientID, "nobody"))).Status.IsSuccess);
    }

    [Theory]
    [InlineData(new byte[] { 1, 1, 1 }, new byte[] { 1, 1, 1 }, 1)]
    [InlineData(new byte[] { 1, 1, 0, 1 }, new byte[] { 1, 1, 0, 0 }, 0)]
    [InlineData(null, null, 0)]
    public async Task Find_FuzzyMatchingNegotiated_FindsNamesThatAreAlike(byte[]? offered, byte[]? answered, int found)
    {
        await PutAsync(WorklistSamples.Minimal("180").Set(Tags.PatientName, "Mayerhofer^Johann"));
        using var association = ClientAssociation.Connect(new ClientAssociationOptions
        {
            Host = server.Address.Host,
            Port = server.Address.Port,
            CalledAeTitle = DimseFixture.AeTitle,
            CallingAeTitle = "TESTER",
            Contexts = [new(Model, Uids.ExplicitVRLittleEndian)],
            ExtendedNegotiations = offered is null ? [] : [new SopClassExtendedNegotiation(Model, offered)],
        });
        Assert.Equal(answered, association.Info.Peer.ExtendedNegotiations.FirstOrDefault(n => n.SopClassUid == Model)?.ApplicationInformation.ToArray());
        Assert.Equal(found, association.Find(Model, new DicomDataset().Set(Tags.PatientID, "PAT180").Set(Tags.PatientName, "Mayrhofer^Johann")).Count() - 1);
    }

    [Fact]
    public void Find_NotADataset_AnswersC001AndGoesOn()
    {
        using var association = server.Connect(new ProposedContext(Model, Uids.ExplicitVRLittleEndian));
        var huge = new DicomDataset().Set(new ValueElement(Tags.PatientComments, Vr.UT, new byte[2 * 1024 * 1024]));
        Assert.Equal(DimseStatus.UnableToProcess, association.Find(Model, huge).Last().Status);
        Assert.True(association.Find(Model, new DicomDataset().Set(Tags.PatientID, "nobody")).Last().Status.IsSuccess);
    }

    [Fact]
    public async Task Find_Dcmtk_PrintsTheItem()
    {
        await PutAsync(WorklistSamples.Full("170"));
        var result = (await Dcmtk.FindScuAsync(server.Address,
            ["PatientID=PAT170", "PatientName", "(0040,0100)[0].Modality=CT", "(0040,0100)[0].ScheduledProcedureStepID"], "-W")).EnsureSucceeded();
        Assert.Contains("SPS170", result.Output + result.Error, StringComparison.Ordinal);
    }

    [Fact]
    public void Handle_OtherOperation_Answers0211()
    {
        using var association = server.Connect(new ProposedContext(Model, Uids.ExplicitVRLittleEndian));
        var request = CommandSet.EchoRequest();
        request.AffectedSopClassUid = Model;
        Assert.Equal(DimseStatus.UnrecognizedOperation, association.Send(association.FindContexts(Model)[0], request, null).Last().Status);
    }

    private Task PutAsync(params IReadOnlyList<DicomDataset> items) => server.Get<WorklistStore>().PutAsync(items, default);

    private IReadOnlyList<DicomDataset> Find(DicomDataset identifier)
    {
        var (items, final) = TryFind(identifier);
        Assert.True(final.Status.IsSuccess, $"{final.Status} {final.Command.ErrorComment}");
        return items;
    }

    private (IReadOnlyList<DicomDataset> Items, DimseResponse Final) TryFind(DicomDataset identifier, string syntax = Uids.ExplicitVRLittleEndian)
    {
        using var association = server.Connect(new ProposedContext(Model, syntax));
        var responses = association.Find(Model, identifier).ToList();
        return ([.. responses.SkipLast(1).Select(r => r.Dataset!)], responses[^1]);
    }

    private static Tag TagOf(string keyword) => DataElementDictionary.TryParse(keyword, out var tag) ? tag : throw new ArgumentException(keyword);

    private static DicomDataset Identifier(string path, string value)
    {
        var parts = path.Split('.');
        var (root, at) = (new DicomDataset().Set(SpecificCharacterSet.Tag, Vr.CS, "ISO_IR 192"), new DicomDataset());
        at = root;
        foreach (var part in parts.SkipLast(1))
        {
            var item = new DicomDataset();
            at.Set(TagOf(part), item);
            at = item;
        }
        at.Set(TagOf(parts[^1]), value.Length == 0 ? [] : value.Split('\\'));
        return root;
    }

    private static string? ValueAt(DicomDataset item, string path)
    {
        var parts = path.Split('.');
        foreach (var part in parts.SkipLast(1)) item = Assert.Single(item.GetItems(TagOf(part)));
        return item.GetString(TagOf(parts[^1]));
    }
}
