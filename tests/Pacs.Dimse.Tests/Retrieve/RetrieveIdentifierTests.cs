using Pacs.Dicom.Datasets;
using Pacs.Dicom.Dictionaries;
using Pacs.Dicom.Messages;
using Pacs.Dicom.Net;
using Pacs.Dicom.Primitives;
using Pacs.Dicom.UpperLayer;
using Pacs.TestKit.Samples;

namespace Pacs.Dimse.Tests.Retrieve;

/// <summary>What identifiers of C-MOVE and C-GET may say (PS3.4 §C.4.2.1.4, §C.4.2.3), and what it selects.</summary>
public sealed class RetrieveIdentifierTests(DimseFixture server) : IClassFixture<DimseFixture>
{
    private const string PatientRoot = Uids.PatientRootQueryRetrieveInformationModelMove;
    private const string StudyRoot = Uids.StudyRootQueryRetrieveInformationModelMove;
    private const string PatientStudyOnly = Uids.PatientStudyOnlyQueryRetrieveInformationModelMove;

    [Theory]
    [InlineData(PatientRoot, "PATIENT", 8)]
    [InlineData(PatientRoot, "STUDY", 4)]
    [InlineData(PatientRoot, "SERIES", 2)]
    [InlineData(PatientRoot, "IMAGE", 1)]
    [InlineData(StudyRoot, "STUDY", 4)]
    [InlineData(StudyRoot, "SERIES", 2)]
    [InlineData(StudyRoot, "IMAGE", 1)]
    [InlineData(PatientStudyOnly, "PATIENT", 8)]
    [InlineData(PatientStudyOnly, "STUDY", 4)]
    public async Task Move_LevelOfAModel_SendsWhatIsBelow(string model, string level, int count)
    {
        var studies = TwoStudies();
        using var destination = await MoveDestination.StartAsync(server, "LEVELS");
        var final = server.Move("LEVELS", Identifier(model, level, studies[0]), model);
        Assert.Equal((DimseStatus.Success, (null, count, 0, 0)), (final.Status, final.Counts()));
        Assert.Equal(count, destination.Received.Count);
    }

    [Theory]
    [InlineData(Uids.PatientRootQueryRetrieveInformationModelGet, PatientRoot, "PATIENT", 8)]
    [InlineData(Uids.PatientRootQueryRetrieveInformationModelGet, PatientRoot, "IMAGE", 1)]
    [InlineData(Uids.StudyRootQueryRetrieveInformationModelGet, StudyRoot, "SERIES", 2)]
    [InlineData(Uids.PatientStudyOnlyQueryRetrieveInformationModelGet, PatientStudyOnly, "PATIENT", 8)]
    [InlineData(Uids.PatientStudyOnlyQueryRetrieveInformationModelGet, PatientStudyOnly, "STUDY", 4)]
    public void Get_LevelOfAModel_SendsWhatIsBelow(string model, string ofMove, string level, int count)
    {
        var studies = TwoStudies();
        using var association = server.Connect(new ProposedContext(model, Uids.ExplicitVRLittleEndian), new ProposedContext(studies[0].SopClassUid, studies[0].TransferSyntax.Uid) { AsScp = true });
        var store = new TestKit.Clients.CollectingStore([new ServiceContext(studies[0].SopClassUid, [studies[0].TransferSyntax.Uid])]);
        var final = association.Get(model, Identifier(ofMove, level, studies[0]), store).Last();
        Assert.Equal((DimseStatus.Success, (null, count, 0, 0)), (final.Status, final.Counts()));
        Assert.Equal(count, store.Objects.Count);
    }

    [Theory]
    [InlineData(StudyRoot, "PATIENT")]
    [InlineData(PatientStudyOnly, "SERIES")]
    [InlineData(PatientRoot, "FRAME")]
    [InlineData(PatientRoot, "")]
    public void Move_LevelThatTheModelHasNot_AnswersA900(string model, string level)
    {
        var final = server.Move("ANY", RetrieveRequests.Identifier(level), model);
        Assert.Equal((DimseStatus.DatasetDoesNotMatchSopClass, Tags.QueryRetrieveLevel), (final.Status, Assert.Single(final.Command.OffendingElements)));
        Assert.NotNull(final.Command.ErrorComment);
        Assert.Equal((null, null, null, null), final.Counts());
    }

    [Theory]
    [InlineData(PatientRoot, "PATIENT", "PatientID", null)]
    [InlineData(PatientRoot, "PATIENT", "PatientID", "P*")]
    [InlineData(PatientRoot, "STUDY", "PatientID", null)]
    [InlineData(PatientRoot, "STUDY", "StudyInstanceUID", null)]
    [InlineData(StudyRoot, "STUDY", "StudyInstanceUID", "")]
    [InlineData(StudyRoot, "STUDY", "StudyInstanceUID", "1.2.*")]
    [InlineData(StudyRoot, "SERIES", "StudyInstanceUID", null)]
    [InlineData(StudyRoot, "SERIES", "StudyInstanceUID", "1.2\\1.3")]
    [InlineData(StudyRoot, "IMAGE", "SeriesInstanceUID", null)]
    [InlineData(StudyRoot, "IMAGE", "SOPInstanceUID", "1.2.?")]
    public void Move_UniqueKeyMissingOrPattern_AnswersA900AndNamesIt(string model, string level, string keyword, string? value)
    {
        var identifier = Identifier(model, level, SampleObjects.Ct(SampleOptions.Fresh()));
        Assert.True(DataElementDictionary.TryParse(keyword, out var key));
        identifier.Remove(key);
        if (value is not null) identifier.Set(key, value.Split('\\'));
        var final = server.Move("ANY", identifier, model);
        Assert.Equal((DimseStatus.DatasetDoesNotMatchSopClass, key), (final.Status, Assert.Single(final.Command.OffendingElements)));
        Assert.Contains(keyword, final.Command.ErrorComment);
    }

    [Theory]
    [InlineData("STUDY", 8)]
    [InlineData("SERIES", 4)]
    [InlineData("IMAGE", 2)]
    public async Task Move_ListOfUids_SendsAllOfThem(string level, int count)
    {
        var objects = TwoStudies();
        using var destination = await MoveDestination.StartAsync(server, "LISTS");
        var identifier = Identifier(StudyRoot, level, objects[0]);
        // The same one twice is one; one that is not there is none.
        var (key, other) = level switch
        {
            "STUDY" => (Tags.StudyInstanceUID, objects[4].StudyInstanceUid),
            "SERIES" => (Tags.SeriesInstanceUID, objects[2].SeriesInstanceUid),
            _ => (Tags.SOPInstanceUID, objects[1].SopInstanceUid),
        };
        identifier.Set(key, identifier.GetString(key)!, other, other, "1.2.3.4");
        var final = server.Move("LISTS", identifier);
        Assert.Equal((DimseStatus.Success, (null, count, 0, 0)), (final.Status, final.Counts()));
    }

    [Theory]
    [InlineData("SERIES", 2)]
    [InlineData("IMAGE", 1)]
    public async Task Move_WithoutKeysAbove_IsRelational(string level, int count)
    {
        var objects = TwoStudies();
        using var destination = await MoveDestination.StartAsync(server, "RELATIONAL");
        var identifier = RetrieveRequests.Identifier(level);
        if (level == "SERIES") identifier.Set(Tags.SeriesInstanceUID, objects[0].SeriesInstanceUid);
        else identifier.Set(Tags.SOPInstanceUID, objects[0].SopInstanceUid);
        Assert.Equal(DimseStatus.DatasetDoesNotMatchSopClass, server.Move("RELATIONAL", identifier).Status);
        var final = server.Move("RELATIONAL", identifier, isRelational: true);
        Assert.Equal((DimseStatus.Success, (null, count, 0, 0)), (final.Status, final.Counts()));
    }

    [Fact]
    public async Task Move_RulesAllowRelational_NeedsNoNegotiation()
    {
        await using var relational = await DimseFixture.StartAsync(("Pacs:Dimse:Rules:Relational", "true"));
        var sample = SampleObjects.Ct(SampleOptions.Fresh());
        relational.Store(sample);
        using var destination = await MoveDestination.StartAsync(relational, "RELATIONAL");
        Assert.Equal(DimseStatus.Success, relational.Move("RELATIONAL", RetrieveRequests.Identifier("IMAGE", (Tags.SOPInstanceUID, sample.SopInstanceUid))).Status);
        Assert.Single(destination.Received);
    }

    [Theory]
    [InlineData(StudyRoot, "01", "01")]
    [InlineData(StudyRoot, "00", "00")]
    [InlineData(PatientRoot, "0101", "0100")]
    [InlineData(PatientStudyOnly, "01", "01")]
    [InlineData(Uids.StudyRootQueryRetrieveInformationModelGet, "01", "01")]
    public void Negotiate_Retrieval_AnswersEachByte(string model, string proposed, string answered)
    {
        using var association = ClientAssociation.Connect(new ClientAssociationOptions
        {
            Host = server.Address.Host,
            Port = server.Address.Port,
            CalledAeTitle = DimseFixture.AeTitle,
            CallingAeTitle = "TESTER",
            Contexts = [new ProposedContext(model, Uids.ExplicitVRLittleEndian)],
            ExtendedNegotiations = [new SopClassExtendedNegotiation(model, Convert.FromHexString(proposed))],
        });
        var answer = Assert.Single(association.Info.Peer.ExtendedNegotiations);
        Assert.Equal((model, answered), (answer.SopClassUid, Convert.ToHexString(answer.ApplicationInformation.Span)));
    }

    [Theory]
    [InlineData(Uids.ExplicitVRLittleEndian)]
    [InlineData(Uids.ImplicitVRLittleEndian)]
    [InlineData(Uids.ExplicitVRBigEndian)]
    [InlineData(Uids.DeflatedExplicitVRLittleEndian)]
    public async Task Move_IdentifierInANativeSyntaxAndCharacterSet_FindsThePatient(string transferSyntax)
    {
        var sample = SampleObjects.Ct(SampleOptions.Fresh() with { CharacterSet = ["ISO_IR 192"], PatientId = $"Größe Ж {transferSyntax}" });
        server.Store(sample);
        using var destination = await MoveDestination.StartAsync(server, "SYNTAXES");
        // Other bytes than in the object: code extensions switch between Latin and Cyrillic.
        var identifier = new DicomDataset().Set(Tags.SpecificCharacterSet, "ISO 2022 IR 100", "ISO 2022 IR 144")
            .Set(Tags.QueryRetrieveLevel, Vr.CS, "PATIENT").Set(Tags.PatientID, sample.PatientId);
        var final = server.Move("SYNTAXES", identifier, PatientRoot, transferSyntax);
        Assert.Equal((DimseStatus.Success, (null, 1, 0, 0)), (final.Status, final.Counts()));
        Assert.Equal(sample.ToDatasetBytes(), Assert.Single(destination.Received).Dataset);
    }

    [Fact]
    public async Task Move_SeriesOfAnotherStudy_SendsNothingAndSucceeds()
    {
        var objects = TwoStudies();
        using var destination = await MoveDestination.StartAsync(server, "NOTHING");
        var final = server.Move("NOTHING", RetrieveRequests.Identifier("SERIES", (Tags.StudyInstanceUID, objects[4].StudyInstanceUid), (Tags.SeriesInstanceUID, objects[0].SeriesInstanceUid)));
        Assert.Equal((DimseStatus.Success, (null, 0, 0, 0)), (final.Status, final.Counts()));
        Assert.Empty(destination.Associations);
    }

    [Fact]
    public void Move_IdentifierOverTheLimit_AnswersC001()
    {
        using var association = server.Connect(new ProposedContext(StudyRoot, Uids.ExplicitVRLittleEndian));
        var identifier = RetrieveRequests.Identifier("STUDY", (Tags.StudyInstanceUID, string.Join('\\', Enumerable.Repeat("1.2.840.113619.2.55.3.2831178355.407.1234567890.123", 24000))));
        var final = association.Send(association.FindContexts(StudyRoot)[0], CommandSet.MoveRequest(StudyRoot, "ANY"), identifier).Last();
        Assert.Equal(DimseStatus.UnableToProcess, final.Status);
        Assert.NotNull(final.Command.ErrorComment);
    }

    /// <summary>Of one patient, each of two series of two objects.</summary>
    private SampleObject[] TwoStudies()
    {
        var options = SampleOptions.Fresh() with { Rows = 8, Columns = 8 };
        SampleObject[] objects =
        [
            .. SampleObjects.Study(2, 2, options),
            .. SampleObjects.Study(2, 2, options with { StudyInstanceUid = SampleObjects.UidOf(options.Seed, "other study") }),
        ];
        server.Store(objects);
        return objects;
    }

    private static DicomDataset Identifier(string model, string level, SampleObject sample)
    {
        var identifier = RetrieveRequests.Identifier(level);
        if (model != StudyRoot) identifier.Set(Tags.PatientID, sample.PatientId);
        if (level != "PATIENT") identifier.Set(Tags.StudyInstanceUID, sample.StudyInstanceUid);
        if (level is "SERIES" or "IMAGE") identifier.Set(Tags.SeriesInstanceUID, sample.SeriesInstanceUid);
        if (level == "IMAGE") identifier.Set(Tags.SOPInstanceUID, sample.SopInstanceUid);
        return identifier;
    }
}
