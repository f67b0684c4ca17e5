using Pacs.Dicom.Datasets;
using Pacs.Dicom.Dictionaries;
using Pacs.Dicom.Messages;
using Pacs.Dicom.Net;
using Pacs.Dicom.Primitives;
using Pacs.Dicom.UpperLayer;
using Pacs.TestKit.Samples;

namespace Pacs.Dimse.Tests.Find;

/// <summary>What extended negotiation (PS3.4 §C.5.1.1) allows, and what is refused without.</summary>
public sealed class FindNegotiationTests(DimseFixture server) : IClassFixture<DimseFixture>
{
    private const string StudyRoot = Uids.StudyRootQueryRetrieveInformationModelFind;

    [Theory]
    [InlineData(StudyRoot, "01", "01")]
    [InlineData(StudyRoot, "00", "00")]
    [InlineData(StudyRoot, "02", "00")]
    [InlineData(StudyRoot, "010101", "010101")]
    [InlineData(StudyRoot, "0001000100", "0001000100")]
    [InlineData(StudyRoot, "01010101010101", "01010101000101")]
    [InlineData(StudyRoot, "010101010101010101", "01010101000101")]
    [InlineData(Uids.PatientRootQueryRetrieveInformationModelFind, "01010101010101", "01010101000101")]
    [InlineData(Uids.PatientStudyOnlyQueryRetrieveInformationModelFind, "01010101010101", "01010101000101")]
    public void Negotiate_Find_AnswersEachByte(string sopClass, string proposed, string answered)
    {
        using var association = Connect(sopClass, proposed);
        var answer = Assert.Single(association.Info.Peer.ExtendedNegotiations);
        Assert.Equal((sopClass, answered), (answer.SopClassUid, Convert.ToHexString(answer.ApplicationInformation.Span)));
    }

    [Fact]
    public void Negotiate_NothingProposed_AnswersNothing()
    {
        using var association = server.Connect(new ProposedContext(StudyRoot, Uids.ExplicitVRLittleEndian));
        Assert.Empty(association.Info.Peer.ExtendedNegotiations);
    }

    [Theory]
    [InlineData("SERIES", "")]
    [InlineData("IMAGE", "")]
    [InlineData("SERIES", "1.2.*")]
    public void Find_UpperUniqueKeyMissingOrPattern_IsRefusedUnlessRelational(string level, string study)
    {
        var sample = Stored();
        var identifier = Identifier(level).Set(Tags.PatientID, sample.PatientId).Set(Tags.StudyInstanceUID, study).Set(Tags.SeriesInstanceUID, "").Set(Tags.SOPInstanceUID, "");
        if (level == "SERIES") identifier.Remove(Tags.SOPInstanceUID);
        if (study.Length == 0) identifier.Remove(Tags.StudyInstanceUID);

        var (none, refused) = Find("00", identifier);
        Assert.Empty(none);
        Assert.Equal((DimseStatus.DatasetDoesNotMatchSopClass, Tags.StudyInstanceUID), (refused.Status, Assert.Single(refused.Command.OffendingElements)));
        Assert.NotNull(refused.Command.ErrorComment);

        if (study.Length > 0) identifier.Set(Tags.StudyInstanceUID, "");
        var (matches, final) = Find("01", identifier);
        Assert.Equal(DimseStatus.Success, final.Status);
        Assert.Equal((sample.StudyInstanceUid, sample.SeriesInstanceUid), (Assert.Single(matches).GetString(Tags.StudyInstanceUID), matches[0].GetString(Tags.SeriesInstanceUID)));
    }

    [Fact]
    public void Find_ListInAnUpperUniqueKey_IsRefusedUnlessRelational()
    {
        SampleObject[] samples = [Stored(), Stored()];
        var identifier = Identifier("SERIES").Set(Tags.StudyInstanceUID, samples[0].StudyInstanceUid, samples[1].StudyInstanceUid);
        Assert.Equal(DimseStatus.DatasetDoesNotMatchSopClass, Find("00", identifier).Final.Status);
        Assert.Equal(2, Find("01", identifier).Matches.Count);
    }

    [Fact]
    public void Find_PatientRootStudyWithoutPatientId_IsRefusedUnlessRelational()
    {
        const string PatientRoot = Uids.PatientRootQueryRetrieveInformationModelFind;
        var sample = Stored();
        var identifier = Identifier("STUDY").Set(Tags.StudyInstanceUID, sample.StudyInstanceUid);
        Assert.Equal(Tags.PatientID, Assert.Single(Find("00", identifier, PatientRoot).Final.Command.OffendingElements));
        Assert.Equal(sample.PatientId, Assert.Single(Find("01", identifier, PatientRoot).Matches).GetString(Tags.PatientID));
    }

    [Fact]
    public void Find_PatientStudyOnly_HasTwoLevels()
    {
        const string Model = Uids.PatientStudyOnlyQueryRetrieveInformationModelFind;
        var sample = Stored();
        var patient = Assert.Single(server.Find(Identifier("PATIENT").Set(Tags.PatientID, sample.PatientId).Set(Tags.PatientName, ""), Model));
        Assert.Equal("Doe^Jane", patient.GetString(Tags.PatientName));
        var study = Assert.Single(server.Find(Identifier("STUDY").Set(Tags.PatientID, sample.PatientId).Set(Tags.StudyInstanceUID, ""), Model));
        Assert.Equal(sample.StudyInstanceUid, study.GetString(Tags.StudyInstanceUID));
        var (_, series) = server.TryFind(Identifier("SERIES").Set(Tags.PatientID, sample.PatientId).Set(Tags.StudyInstanceUID, sample.StudyInstanceUid), Model);
        Assert.Equal((DimseStatus.DatasetDoesNotMatchSopClass, Tags.QueryRetrieveLevel), (series.Status, Assert.Single(series.Command.OffendingElements)));
    }

    [Theory]
    // 14 January 23:00 to 16 January 01:00: one range, or days and times of day apart.
    [InlineData("0001", true)]
    [InlineData("0000", false)]
    public void Find_CombinedDateTime_OnlyIfNegotiated(string negotiated, bool found)
    {
        var sample = Stored(o => o with { StudyDate = "20240115", StudyTime = "120000" });
        var identifier = Identifier("STUDY").Set(Tags.StudyInstanceUID, sample.StudyInstanceUid).Set(Tags.StudyDate, "20240114-20240116").Set(Tags.StudyTime, "230000-010000");
        Assert.Equal(found, Find(negotiated, identifier).Matches.Count == 1);
    }

    [Theory]
    [InlineData("000001", true)]
    [InlineData("000000", false)]
    public void Find_FuzzyName_OnlyIfNegotiated(string negotiated, bool found)
    {
        var sample = Stored(o => o with { PatientName = "Johnson^Katherine" });
        var identifier = Identifier("STUDY").Set(Tags.StudyInstanceUID, sample.StudyInstanceUid).Set(Tags.PatientName, "Jonson^Katharine");
        Assert.Equal(found, Find(negotiated, identifier).Matches.Count == 1);
    }

    [Theory]
    // 15 January 23:30 in New York is the 16th, 05:30, in Berlin.
    [InlineData("00000001", "20240116", true)]
    [InlineData("00000001", "20240115", false)]
    [InlineData("00000000", "20240116", false)]
    [InlineData("00000000", "20240115", true)]
    public void Find_TimezoneAdjustment_OnlyIfNegotiated(string negotiated, string date, bool found)
    {
        var sample = Stored(o => o with { StudyDate = "20240115", StudyTime = "233000", Customize = d => d.Set(Tags.TimezoneOffsetFromUTC, "-0500") });
        var identifier = Identifier("STUDY").Set(Tags.StudyInstanceUID, sample.StudyInstanceUid).Set(Tags.StudyDate, date).Set(Tags.TimezoneOffsetFromUTC, "+0100");
        var (matches, _) = Find(negotiated, identifier);
        Assert.Equal(found, matches.Count == 1);
        // Answers are as stored, and say by which clock.
        if (found) Assert.Equal(("20240115", "-0500"), (matches[0].GetString(Tags.StudyDate), matches[0].GetString(Tags.TimezoneOffsetFromUTC)));
    }

    [Fact]
    public void Find_TimezoneThatIsNone_AnswersA900()
    {
        var (_, final) = Find("00000001", Identifier("STUDY").Set(Tags.StudyInstanceUID, "1.2.3").Set(Tags.TimezoneOffsetFromUTC, "CET"));
        Assert.Equal((DimseStatus.DatasetDoesNotMatchSopClass, Tags.TimezoneOffsetFromUTC), (final.Status, Assert.Single(final.Command.OffendingElements)));
    }

    [Fact]
    public void Find_EmptyValue_OnlyIfNegotiated()
    {
        var without = Stored(o => o with { Customize = d => d.Set(Tags.AccessionNumber, "").Remove(Tags.StudyDescription) });
        var with = Stored(o => o with { Customize = d => d.Set(Tags.AccessionNumber, "A1") });
        DicomDataset Identifier(Tag tag) => FindNegotiationTests.Identifier("STUDY").Set(Tags.StudyInstanceUID, without.StudyInstanceUid, with.StudyInstanceUid).Set(tag, "\"\"");
        const string EmptyValueMatching = "000000000001";
        Assert.Equal(without.StudyInstanceUid, Assert.Single(Find(EmptyValueMatching, Identifier(Tags.AccessionNumber)).Matches).GetString(Tags.StudyInstanceUID));
        Assert.Equal(without.StudyInstanceUid, Assert.Single(Find(EmptyValueMatching, Identifier(Tags.StudyDescription)).Matches).GetString(Tags.StudyInstanceUID));
        Assert.Empty(Find("000000000000", Identifier(Tags.AccessionNumber)).Matches);
    }

    [Theory]
    [InlineData("00000000000001", "CT", 2)]
    [InlineData("00000000000001", @"CT\MR", 1)]
    [InlineData("00000000000001", @"C*\MR", 1)]
    [InlineData("00000000000001", @"CT\US", 0)]
    [InlineData("00000000000000", @"CT\US", 2)]
    public void Find_SeveralValues_AllHaveToMatchIfNegotiated(string negotiated, string modalities, int found)
    {
        var one = SampleObjects.Ct(SampleOptions.Fresh());
        var options = SampleOptions.Fresh();
        server.Store(one);
        server.Store(SampleObjects.Ct(options with { SeriesNumber = 1 }), SampleObjects.Mr(options with { SeriesNumber = 2 }));
        var identifier = Identifier("STUDY").Set(Tags.StudyInstanceUID, one.StudyInstanceUid, SampleObjects.Ct(options).StudyInstanceUid).Set(Tags.ModalitiesInStudy, modalities.Split('\\'));
        Assert.Equal(found, Find(negotiated, identifier).Matches.Count);
    }

    [Fact]
    public async Task Find_RulesAllowIt_NeedsNoNegotiation()
    {
        await using var lenient = await DimseFixture.StartAsync(
            ("Pacs:Dimse:Rules:Relational", "true"), ("Pacs:Dimse:Rules:CombinedDateTime", "true"), ("Pacs:Dimse:Rules:FuzzyMatching", "true"),
            ("Pacs:Dimse:Rules:EmptyValueMatching", "true"), ("Pacs:Dimse:Rules:MultipleValueMatching", "true"), ("Pacs:Dimse:Rules:TimezoneAdjustment", "true"));
        lenient.Store(SampleObjects.Ct(SampleOptions.Fresh() with
        {
            PatientName = "Johnson^Katherine",
            StudyDate = "20240115",
            StudyTime = "120000",
            Customize = d => d.Set(Tags.TimezoneOffsetFromUTC, "+0000").Remove(Tags.AccessionNumber),
        }));
        Assert.Single(lenient.Find(Identifier("SERIES")));
        Assert.Single(lenient.Find(Identifier("STUDY").Set(Tags.StudyDate, "20240114-20240116").Set(Tags.StudyTime, "230000-010000")));
        Assert.Single(lenient.Find(Identifier("STUDY").Set(Tags.PatientName, "Jonson^Katharine")));
        Assert.Single(lenient.Find(Identifier("STUDY").Set(Tags.PatientComments, "\"\"")));
        Assert.Empty(lenient.Find(Identifier("STUDY").Set(Tags.ModalitiesInStudy, "CT", "MR")));
        Assert.Single(lenient.Find(Identifier("STUDY").Set(Tags.StudyDate, "20240116").Set(Tags.TimezoneOffsetFromUTC, "+1200")));
    }

    private SampleObject Stored(Func<SampleOptions, SampleOptions>? options = null)
    {
        var fresh = SampleOptions.Fresh() with { Rows = 8, Columns = 8 };
        var sample = SampleObjects.Ct(options?.Invoke(fresh) ?? fresh);
        server.Store(sample);
        return sample;
    }

    private (IReadOnlyList<DicomDataset> Matches, DimseResponse Final) Find(string negotiated, DicomDataset identifier, string model = StudyRoot)
    {
        using var association = Connect(model, negotiated);
        var responses = association.Find(model, identifier).ToList();
        return ([.. responses.SkipLast(1).Select(r => r.Dataset!)], responses[^1]);
    }

    private ClientAssociation Connect(string model, string negotiated) => ClientAssociation.Connect(new ClientAssociationOptions
    {
        Host = server.Address.Host,
        Port = server.Address.Port,
        CalledAeTitle = DimseFixture.AeTitle,
        CallingAeTitle = "TESTER",
        Contexts = [new ProposedContext(model, Uids.ExplicitVRLittleEndian)],
        ExtendedNegotiations = [new SopClassExtendedNegotiation(model, Convert.FromHexString(negotiated))],
    });

    private static DicomDataset Identifier(string level) => new DicomDataset().Set(Tags.QueryRetrieveLevel, Vr.CS, level);
}
