using Pacs.Dicom.CharacterSets;
using Pacs.Dicom.Datasets;
using Pacs.Dicom.Dictionaries;
using Pacs.Dicom.Messages;
using Pacs.Dicom.Net;
using Pacs.Dicom.Primitives;
using Pacs.TestKit.Samples;

namespace Pacs.Dimse.Tests.Find;

/// <summary>What answers hold (PS3.4 §C.4.1.1.3.2), and what they are answered with.</summary>
public sealed class FindAnswerTests(DimseFixture server) : IClassFixture<DimseFixture>
{
    private const string StudyRoot = Uids.StudyRootQueryRetrieveInformationModelFind;

    public static TheoryData<string, string> Syntaxes => new()
    {
        { "explicit", Uids.ExplicitVRLittleEndian },
        { "implicit", Uids.ImplicitVRLittleEndian },
        { "big endian", Uids.ExplicitVRBigEndian },
        { "deflated", Uids.DeflatedExplicitVRLittleEndian },
    };

    [Theory]
    [MemberData(nameof(Syntaxes))]
    public void Find_EveryNativeTransferSyntax_IsReadAndAnswered(string _, string syntax)
    {
        var sample = Stored(d => d.Set(Tags.RequestAttributesSequence, new DicomDataset().Set(Tags.RequestedProcedureID, "R1")));
        using var association = server.Connect(new ProposedContext(StudyRoot, syntax));
        var identifier = Identifier("IMAGE").Set(Tags.StudyInstanceUID, sample.StudyInstanceUid).Set(Tags.SeriesInstanceUID, sample.SeriesInstanceUid)
            .Set(Tags.Rows, "8").Set(Tags.RequestAttributesSequence, new DicomDataset().Set(Tags.RequestedProcedureID, "R1"));
        var responses = association.Find(StudyRoot, identifier).ToList();
        Assert.Equal([DimseStatus.Pending, DimseStatus.Success], responses.Select(r => r.Status));
        Assert.Equal("8", responses[0].Dataset!.GetString(Tags.Rows));
        Assert.Equal("R1", Assert.Single(responses[0].Dataset!.GetItems(Tags.RequestAttributesSequence)).GetString(Tags.RequestedProcedureID));
    }

    [Theory]
    [InlineData("PATIENT", new[] { "PatientID" })]
    [InlineData("STUDY", new[] { "PatientID", "StudyInstanceUID" })]
    [InlineData("SERIES", new[] { "PatientID", "StudyInstanceUID", "SeriesInstanceUID" })]
    [InlineData("IMAGE", new[] { "PatientID", "StudyInstanceUID", "SeriesInstanceUID", "SOPInstanceUID" })]
    public void Find_EveryLevel_AnswersUniqueKeysLevelTitleAndAvailabilityAndNothingElse(string level, string[] uniqueKeys)
    {
        var sample = Stored();
        var identifier = Identifier(level).Set(Tags.PatientID, sample.PatientId);
        if (level is "SERIES" or "IMAGE") identifier.Set(Tags.StudyInstanceUID, sample.StudyInstanceUid);
        if (level is "IMAGE") identifier.Set(Tags.SeriesInstanceUID, sample.SeriesInstanceUid);
        var match = Assert.Single(server.Find(identifier, Uids.PatientRootQueryRetrieveInformationModelFind));
        string[] expected = [.. uniqueKeys, "QueryRetrieveLevel", "RetrieveAETitle", "InstanceAvailability"];
        Assert.Equal(expected.Order(), match.Select(e => DataElementDictionary.KeywordOf(e.Tag)).Order());
        Assert.Equal((level, DimseFixture.AeTitle, "ONLINE"),
            (match.GetString(Tags.QueryRetrieveLevel), match.GetString(Tags.RetrieveAETitle), match.GetString(Tags.InstanceAvailability)));
    }

    [Fact]
    public void Find_StudyRoot_LeavesPatientIdOutUnlessAsked()
    {
        var sample = Stored();
        Assert.False(Assert.Single(server.Find(Identifier("STUDY").Set(Tags.StudyInstanceUID, sample.StudyInstanceUid))).Contains(Tags.PatientID));
    }

    [Fact]
    public void Find_CalledByAnotherTitle_IsRetrievedFromThatTitle()
    {
        var sample = Stored();
        using var association = ClientAssociation.Connect(new ClientAssociationOptions
        {
            Host = server.Address.Host,
            Port = server.Address.Port,
            CalledAeTitle = "ARCHIVE2",
            CallingAeTitle = "TESTER",
            Contexts = [new ProposedContext(StudyRoot, Uids.ExplicitVRLittleEndian)],
        });
        Assert.Equal("ARCHIVE2", association.Find(StudyRoot, Identifier("STUDY").Set(Tags.StudyInstanceUID, sample.StudyInstanceUid)).First().Dataset!.GetString(Tags.RetrieveAETitle));
    }

    [Fact]
    public void Find_KnownToNobody_IsOfZeroLength()
    {
        var sample = Stored(d => d.Set(Tags.ReferencedStudySequence, new DicomDataset().Set(Tags.ReferencedSOPClassUID, "1.2.3")));
        var match = Assert.Single(server.Find(Identifier("STUDY").Set(Tags.StudyInstanceUID, sample.StudyInstanceUid)
            .Set(Tags.PatientComments, "").Set(Tags.ProcedureCodeSequence, new DicomDataset().Set(Tags.CodeValue, ""))
            .Set(Tags.ReferencedStudySequence, new DicomDataset().Set(Tags.ReferencedSOPClassUID, "").Set(Tags.ReferencedSOPInstanceUID, ""))));
        Assert.True(match[Tags.PatientComments] is ValueElement { Value.IsEmpty: true });
        Assert.True(match[Tags.ProcedureCodeSequence] is SequenceElement { Items.Count: 0 });
        var item = Assert.Single(match.GetItems(Tags.ReferencedStudySequence));
        Assert.Equal("1.2.3", item.GetString(Tags.ReferencedSOPClassUID));
        Assert.True(item[Tags.ReferencedSOPInstanceUID] is ValueElement { Value.IsEmpty: true });
    }

    [Theory]
    [InlineData("PATIENT", "StudyDate")]
    [InlineData("STUDY", "Modality")]
    [InlineData("STUDY", "SOPInstanceUID")]
    [InlineData("SERIES", "InstanceNumber")]
    [InlineData("SERIES", "KVP")]
    public void Find_KeyOfALowerLevel_IsLeftOutAndAnsweredFF01(string level, string keyword)
    {
        Assert.True(DataElementDictionary.TryParse(keyword, out var tag));
        var sample = Stored();
        var identifier = Identifier(level).Set(Tags.PatientID, sample.PatientId).Set(tag, "");
        if (level == "SERIES") identifier.Set(Tags.StudyInstanceUID, sample.StudyInstanceUid);
        var responses = Find(identifier, Uids.PatientRootQueryRetrieveInformationModelFind);
        Assert.Equal([DimseStatus.PendingWithoutOptionalKeys, DimseStatus.Success], responses.Select(r => r.Status));
        Assert.False(responses[0].Dataset!.Contains(tag));
    }

    [Fact]
    public void Find_ValueThatCannotBeMatched_IsReturnedAndAnsweredFF01()
    {
        var sample = Stored(d => d.Set(new ValueElement(Tags.ICCProfile, Vr.OB, new byte[] { 1, 2 })));
        var identifier = Identifier("IMAGE").Set(Tags.StudyInstanceUID, sample.StudyInstanceUid).Set(Tags.SeriesInstanceUID, sample.SeriesInstanceUid)
            .Set(new ValueElement(Tags.ICCProfile, Vr.OB, new byte[] { 3, 4 }));
        var responses = Find(identifier);
        Assert.Equal([DimseStatus.PendingWithoutOptionalKeys, DimseStatus.Success], responses.Select(r => r.Status));
        Assert.Equal(new byte[] { 1, 2 }, ((ValueElement)responses[0].Dataset![Tags.ICCProfile]!).Value.ToArray());
    }

    [Fact]
    public void Find_SeveralValues_AreAllReturnedAndAnyMatches()
    {
        var otherPatientIds = new Tag(0x00101000);
        var sample = Stored(d => d.Set(otherPatientIds, Vr.LO, "A1", "B2", "C3"));
        foreach (var key in new[] { "A1", "B2", "C*" })
        {
            var match = Assert.Single(server.Find(Identifier("STUDY").Set(Tags.StudyInstanceUID, sample.StudyInstanceUid).Set(otherPatientIds, Vr.LO, key)));
            Assert.Equal(["A1", "B2", "C3"], match.GetStrings(otherPatientIds));
        }
        Assert.Empty(server.Find(Identifier("STUDY").Set(Tags.StudyInstanceUID, sample.StudyInstanceUid).Set(otherPatientIds, Vr.LO, "D*")));
    }

    [Fact]
    public void Find_KeyWithinASequence_AnswersTheItemsThatMatch()
    {
        var sample = Stored(d =>
        {
            d.Set(Tags.RequestAttributesSequence, new DicomDataset(), new DicomDataset());
            Fill(d.GetItems(Tags.RequestAttributesSequence)[0], "R1", "Kopf", "A", "Größe");
            Fill(d.GetItems(Tags.RequestAttributesSequence)[1], "R2", "Höhle", "B", "Größe");
        });
        static void Fill(DicomDataset item, string id, string description, params string[] codes)
        {
            item.Set(Tags.RequestedProcedureID, id).Set(Tags.RequestedProcedureDescription, description)
                .Set(Tags.RequestedProcedureCodeSequence, [.. codes.Select(_ => new DicomDataset())]);
            for (var i = 0; i < codes.Length; i++) item.GetItems(Tags.RequestedProcedureCodeSequence)[i].Set(Tags.CodeValue, codes[i]);
        }

        Assert.Equal(["R1: A, Größe", "R2: B, Größe"], Found("", "", ""));
        Assert.Equal(["R2: B, Größe"], Found("R2", "", ""));
        Assert.Equal(["R2: B, Größe"], Found("", "Höh*", ""));
        Assert.Equal(["R1: Größe", "R2: Größe"], Found("", "", "Größe"));
        Assert.Equal(["R1: A"], Found("", "Kopf", "A"));
        Assert.Equal(2, Items(new DicomDataset()).Count);

        IEnumerable<string> Found(string id, string description, string code)
        {
            var key = new DicomDataset();
            var items = Items(key, () => Fill(key, id, description, code));
            return items.Select(i => $"{i.GetString(Tags.RequestedProcedureID)}: {string.Join(", ", i.GetItems(Tags.RequestedProcedureCodeSequence).Select(c => c.GetString(Tags.CodeValue)))}");
        }
        IReadOnlyList<DicomDataset> Items(DicomDataset key, Action? fill = null)
        {
            var identifier = Identifier("SERIES").Set(SpecificCharacterSet.Tag, Vr.CS, "ISO_IR 192").Set(Tags.StudyInstanceUID, sample.StudyInstanceUid).Set(Tags.RequestAttributesSequence, key);
            fill?.Invoke();
            return Assert.Single(server.Find(identifier)).GetItems(Tags.RequestAttributesSequence);
        }
    }

    [Fact]
    public void Find_TwoItemsInASequenceKey_AnswersA900WithTheElement()
    {
        DicomDataset Code(string value) => new DicomDataset().Set(Tags.CodeValue, value);
        var final = Assert.Single(Find(Identifier("STUDY").Set(Tags.ProcedureCodeSequence, Code("A"), Code("B"))));
        Assert.Equal(DimseStatus.DatasetDoesNotMatchSopClass, final.Status);
        Assert.Equal([Tags.ProcedureCodeSequence], final.Command.OffendingElements);
    }

    private SampleObject Stored(Action<DicomDataset>? customize = null)
    {
        var sample = SampleObjects.Ct(SampleOptions.Fresh() with { Rows = 8, Columns = 8, Customize = customize });
        server.Store(sample);
        return sample;
    }

    private List<DimseResponse> Find(DicomDataset identifier, string model = StudyRoot)
    {
        using var association = server.Connect(new ProposedContext(model, Uids.ExplicitVRLittleEndian));
        return [.. association.Find(model, identifier)];
    }

    private static DicomDataset Identifier(string level) => new DicomDataset().Set(Tags.QueryRetrieveLevel, Vr.CS, level);
}
