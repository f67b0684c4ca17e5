using Pacs.Dicom.CharacterSets;
using Pacs.Dicom.Datasets;
using Pacs.Dicom.Dictionaries;
using Pacs.Dicom.Messages;
using Pacs.Dicom.Net;
using Pacs.Dicom.Primitives;
using Pacs.Dicom.TransferSyntaxes;
using Pacs.TestKit;
using Pacs.TestKit.Processes;
using Pacs.TestKit.Samples;

namespace Pacs.Dimse.Tests.Find;

public sealed class FindServiceTests(DimseFixture server) : IClassFixture<DimseFixture>
{
    [Theory]
    [InlineData(Uids.PatientRootQueryRetrieveInformationModelFind)]
    [InlineData(Uids.StudyRootQueryRetrieveInformationModelFind)]
    public void Find_EveryLevel_AnswersWhatWasAskedFor(string model)
    {
        var study = SampleObjects.Study(2, 2, SampleOptions.Fresh());
        server.Store(study);
        var sample = study[0];
        var isPatientRoot = model == Uids.PatientRootQueryRetrieveInformationModelFind;

        if (isPatientRoot)
        {
            var patient = Assert.Single(server.Find(Identifier("PATIENT").Set(Tags.PatientID, sample.PatientId).Set(Tags.PatientName, ""), model));
            Assert.Equal("Doe^Jane", patient.GetString(Tags.PatientName));
            Assert.Equal("PATIENT", patient.GetString(Tags.QueryRetrieveLevel));
        }
        var studies = Assert.Single(server.Find(Identifier("STUDY").Set(Tags.PatientID, sample.PatientId).Set(Tags.StudyInstanceUID, "").Set(Tags.ModalitiesInStudy, ""), model));
        Assert.Equal(sample.StudyInstanceUid, studies.GetString(Tags.StudyInstanceUID));
        Assert.Equal("CT", studies.GetString(Tags.ModalitiesInStudy));
        Assert.Equal(DimseFixture.AeTitle, studies.GetString(Tags.RetrieveAETitle));
        Assert.False(studies.Contains(Tags.PatientName));
        Assert.False(studies.Contains(Tags.SpecificCharacterSet));

        var upper = isPatientRoot ? Identifier("SERIES").Set(Tags.PatientID, sample.PatientId) : Identifier("SERIES");
        Assert.Equal(2, server.Find(upper.Set(Tags.StudyInstanceUID, sample.StudyInstanceUid).Set(Tags.SeriesInstanceUID, ""), model).Count);

        var images = isPatientRoot ? Identifier("IMAGE").Set(Tags.PatientID, sample.PatientId) : Identifier("IMAGE");
        images.Set(Tags.StudyInstanceUID, sample.StudyInstanceUid).Set(Tags.SeriesInstanceUID, sample.SeriesInstanceUid).Set(Tags.SOPInstanceUID, "").Set(Tags.InstanceNumber, "");
        Assert.Equal(2, server.Find(images, model).Select(m => m.GetString(Tags.SOPInstanceUID)).Distinct().Count());
    }

    [Theory]
    [InlineData("-P")]
    [InlineData("-S")]
    [InlineData("-O")]
    public async Task Find_Dcmtk_PrintsTheStudyInEveryModel(string model)
    {
        var sample = SampleObjects.Ct(SampleOptions.Fresh());
        server.Store(sample);
        var result = (await Dcmtk.FindScuAsync(server.Address, ["QueryRetrieveLevel=STUDY", $"PatientID={sample.PatientId}", "StudyInstanceUID"], model)).EnsureSucceeded();
        Assert.Contains(sample.StudyInstanceUid, result.Output + result.Error);
    }

    [Fact]
    public void Find_NothingMatches_IsALoneSuccess() =>
        Assert.Empty(server.Find(Identifier("STUDY").Set(Tags.PatientID, "nobody-has-this").Set(Tags.StudyInstanceUID, "")));

    [Fact]
    public void Find_NoLevel_AnswersA900() => AssertRefused(new DicomDataset().Set(Tags.PatientID, "1"), Tags.QueryRetrieveLevel);

    [Fact]
    public void Find_PatientLevelInStudyRoot_AnswersA900() => AssertRefused(Identifier("PATIENT").Set(Tags.PatientID, "1"), Tags.QueryRetrieveLevel);

    [Fact]
    public void Find_SeriesWithoutStudy_AnswersA900() => AssertRefused(Identifier("SERIES").Set(Tags.SeriesInstanceUID, ""), Tags.StudyInstanceUID);

    [Fact]
    public void Find_SeriesWithWildcardStudy_AnswersA900() => AssertRefused(Identifier("SERIES").Set(Tags.StudyInstanceUID, "1.2.*"), Tags.StudyInstanceUID);

    [Fact]
    public void Find_BadDate_AnswersA900() => AssertRefused(Identifier("STUDY").Set(Tags.StudyDate, "yesterday").Set(Tags.StudyInstanceUID, ""), Tags.StudyDate);

    [Fact]
    public void Find_IdentifierOverTheLimit_AnswersC001()
    {
        var (matches, final) = server.TryFind(Identifier("STUDY").Set(Tags.StudyInstanceUID, "").Set(Tags.TextValue, new string('x', 2 << 20)));
        Assert.Empty(matches);
        Assert.Equal(DimseStatus.UnableToProcess, final.Status);
        Assert.NotNull(final.Command.ErrorComment);
    }

    [Fact]
    public void Find_KeyOfALowerLevel_AnswersFF01WithoutIt()
    {
        var sample = SampleObjects.Ct(SampleOptions.Fresh());
        server.Store(sample);
        using var association = server.Connect(new ProposedContext(Uids.StudyRootQueryRetrieveInformationModelFind, Uids.ImplicitVRLittleEndian));
        var responses = association.Find(
            Uids.StudyRootQueryRetrieveInformationModelFind,
            Identifier("STUDY").Set(Tags.StudyInstanceUID, sample.StudyInstanceUid).Set(Tags.InstanceNumber, "")).ToList();
        Assert.Equal(DimseStatus.PendingWithoutOptionalKeys, responses[0].Status);
        Assert.False(responses[0].Dataset!.Contains(Tags.InstanceNumber));
        Assert.Equal(DimseStatus.Success, responses[^1].Status);
    }

    [Fact]
    public void Find_RequestersCharacterSetCanCarryIt_AnswersInIt()
    {
        var sample = SampleObjects.Ct(SampleOptions.Fresh() with { PatientName = "Müller^Jürgen" });
        server.Store(sample);
        var identifier = new DicomDataset().Set(Tags.SpecificCharacterSet, Vr.CS, "ISO_IR 100").Set(Tags.QueryRetrieveLevel, Vr.CS, "STUDY")
            .Set(Tags.StudyInstanceUID, sample.StudyInstanceUid).Set(Tags.PatientName, "");
        var match = Assert.Single(server.Find(identifier));
        Assert.Equal("ISO_IR 100", match.GetString(Tags.SpecificCharacterSet));
        Assert.Equal("Müller^Jürgen", match.GetString(Tags.PatientName));
    }

    [Fact]
    public void Find_RequestersCharacterSetCannotCarryIt_AnswersInUtf8()
    {
        var sample = SampleObjects.Ct(SampleOptions.Fresh() with { CharacterSet = ["ISO_IR 192"], PatientName = "Yamada^Tarou=山田^太郎=やまだ^たろう" });
        server.Store(sample);
        var match = Assert.Single(server.Find(Identifier("STUDY").Set(Tags.StudyInstanceUID, sample.StudyInstanceUid).Set(Tags.PatientName, "")));
        Assert.Equal(SpecificCharacterSet.Utf8.DefinedTerms, match.GetStrings(Tags.SpecificCharacterSet));
        Assert.Equal("Yamada^Tarou=山田^太郎=やまだ^たろう", match.GetString(Tags.PatientName));
    }

    [Fact]
    public void Find_Cancelled_AnswersFE00()
    {
        var options = SampleOptions.Fresh() with { Rows = 8, Columns = 8 };
        server.Store(SampleObjects.Study(1, 600, options));
        using var association = server.Connect(new ProposedContext(Uids.StudyRootQueryRetrieveInformationModelFind, Uids.ExplicitVRLittleEndian));
        var sample = SampleObjects.Ct(options);
        var identifier = Identifier("IMAGE").Set(Tags.StudyInstanceUID, sample.StudyInstanceUid).Set(Tags.SeriesInstanceUID, sample.SeriesInstanceUid).Set(Tags.SOPInstanceUID, "");
        // Leaving the enumeration cancels; what follows on the association shows that it was ended in order.
        Assert.Equal(DimseStatus.Pending, association.Find(Uids.StudyRootQueryRetrieveInformationModelFind, identifier).First().Status);
        Assert.Equal(600, association.Find(Uids.StudyRootQueryRetrieveInformationModelFind, identifier).Count(r => r.Status.IsPending));
    }

    private static DicomDataset Identifier(string level) => new DicomDataset().Set(Tags.QueryRetrieveLevel, Vr.CS, level);

    private void AssertRefused(DicomDataset identifier, Tag offending)
    {
        var (matches, final) = server.TryFind(identifier);
        Assert.Empty(matches);
        Assert.Equal(DimseStatus.DatasetDoesNotMatchSopClass, final.Status);
        Assert.Contains(offending, final.Command.OffendingElements);
        Assert.InRange(final.Command.ErrorComment?.Length ?? 0, 1, 64);
    }
}
