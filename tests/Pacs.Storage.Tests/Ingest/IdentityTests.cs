using Pacs.Dicom.Dictionaries;
using Pacs.Dicom.Primitives;
using Pacs.Storage.Ingest;
using Pacs.TestKit;
using Pacs.TestKit.Samples;

namespace Pacs.Storage.Tests.Ingest;

public sealed class IdentityTests(PostgresFixture fixture) : IClassFixture<PostgresFixture>
{
    [Fact]
    public void Patient_NoId_IsOneOfItsStudyAlone()
    {
        using var process = fixture.StartProcess();
        var (first, second) = (Fresh() with { PatientId = "", PatientName = "Unknown" }, Fresh() with { PatientId = "", PatientName = "Unknown" });
        process.Store(SampleObjects.Ct(first));
        process.Store(SampleObjects.Ct(first with { InstanceNumber = 2 }));
        process.Store(SampleObjects.Ct(second));
        Assert.NotEqual(PatientOf(first), PatientOf(second));
        Assert.Equal(2, fixture.Query($"SELECT instance_count FROM patients WHERE id = {PatientOf(first)}"));
    }

    [Fact]
    public void Patient_IdComesWithALaterObject_TakesTheStudy()
    {
        using var process = fixture.StartProcess();
        var options = Fresh();
        process.Store(SampleObjects.Ct(options with { PatientId = "" }));
        process.Store(SampleObjects.Ct(options with { InstanceNumber = 2 }));
        process.Store(SampleObjects.Ct(options with { InstanceNumber = 3, PatientId = "" }));
        Assert.Equal($"P{options.Seed} 1 1 3", fixture.Query($"SELECT patient_id || ' ' || study_count || ' ' || series_count || ' ' || instance_count FROM patients WHERE id = {PatientOf(options)}"));
        Assert.Equal(0L, fixture.Query($"SELECT count(*) FROM patients WHERE unknown_study_uid = '{StudyOf(options)}'"));
        Assert.Equal(0L, Conflicts(options));
    }

    [Fact]
    public void Patient_SameIdOfAnotherIssuer_IsAnotherPatient()
    {
        using var process = fixture.StartProcess();
        var id = $"same-{Guid.NewGuid():N}";
        var (first, second) = (Fresh() with { PatientId = id, IssuerOfPatientId = "A" }, Fresh() with { PatientId = $"  {id} ", IssuerOfPatientId = "B" });
        process.Store(SampleObjects.Ct(first));
        process.Store(SampleObjects.Ct(second));
        Assert.NotEqual(PatientOf(first), PatientOf(second));
        Assert.Equal(2L, fixture.Query($"SELECT count(*) FROM patients WHERE patient_id = '{id}'"));
    }

    [Fact]
    public void Study_UnderTwoPatientIds_StaysWithTheFirstAndIsRecorded()
    {
        using var process = fixture.StartProcess();
        var options = Fresh();
        process.Store(SampleObjects.Ct(options));
        for (var n = 2; n < 5; n++)
            Assert.Equal(IngestOutcome.Stored, process.Store(SampleObjects.Ct(options with { InstanceNumber = n, PatientId = "another", PatientName = "Wrong^Name", PatientSex = "M" })).Outcome);
        Assert.Equal($"P{options.Seed} Doe^Jane F 4", fixture.Query($"SELECT patient_id || ' ' || name || ' ' || sex || ' ' || instance_count FROM patients WHERE id = {PatientOf(options)}"));
        Assert.Equal(1L, Conflicts(options));
        Assert.Equal("another", fixture.Query($"SELECT claimed_patient_id FROM conflicts WHERE study_instance_uid = '{StudyOf(options)}'"));
        Assert.Equal(0L, fixture.Query("SELECT count(*) FROM patients WHERE patient_id = 'another'"));
    }

    [Fact]
    public void Series_UnderTwoStudies_StaysWithTheFirstAndIsRecorded()
    {
        using var process = fixture.StartProcess();
        var options = Fresh() with { SeriesInstanceUid = Uid.Generate() };
        process.Store(SampleObjects.Ct(options));
        var other = options with { StudyInstanceUid = Uid.Generate(), InstanceNumber = 2 };
        Assert.Equal(IngestOutcome.Stored, process.Store(SampleObjects.Ct(other)).Outcome);
        Assert.Equal(2, fixture.Query($"SELECT instance_count FROM studies WHERE study_instance_uid = '{StudyOf(options)}'"));
        Assert.Equal(0L, fixture.Query($"SELECT count(*) FROM studies WHERE study_instance_uid = '{other.StudyInstanceUid}'"));
        Assert.Equal(other.StudyInstanceUid, fixture.Query($"SELECT claimed_study_uid FROM conflicts WHERE series_instance_uid = '{options.SeriesInstanceUid}'"));
    }

    [Fact]
    public void Attributes_ThatDisagree_FirstThatIsNotEmptyStays()
    {
        using var process = fixture.StartProcess();
        var options = Fresh() with { StudyDescription = "", PatientSex = "" };
        process.Store(SampleObjects.Ct(options));
        process.Store(SampleObjects.Ct(options with { InstanceNumber = 2, StudyDescription = "Thorax", PatientSex = "F", PatientName = "Müller^Änne" }));
        process.Store(SampleObjects.Ct(options with { InstanceNumber = 3, StudyDescription = "Abdomen", PatientSex = "M" }));
        Assert.Equal("Thorax", fixture.Query($"SELECT description FROM studies WHERE study_instance_uid = '{StudyOf(options)}'"));
        Assert.Equal("F Doe^Jane", fixture.Query($"SELECT sex || ' ' || name FROM patients WHERE id = {PatientOf(options)}"));
    }

    [Fact]
    public void Text_PostgresCannotHold_IsCleanedNotRefused()
    {
        using var process = fixture.StartProcess();
        var options = Fresh();
        var sample = SampleObjects.Ct(options with { Customize = d => d.Set(new Pacs.Dicom.Datasets.ValueElement(Tags.StudyDescription, Vr.LO, "a\0b "u8.ToArray())).Set(Tags.AccessionNumber, new string('x', 5000)) });
        Assert.Equal(IngestOutcome.Stored, process.Store(sample).Outcome);
        Assert.Equal("ab", fixture.Query($"SELECT description FROM studies WHERE study_instance_uid = '{StudyOf(options)}'"));
    }

    private static SampleOptions Fresh() => SampleOptions.Fresh();
    private static string StudyOf(SampleOptions options) => options.StudyInstanceUid ?? SampleObjects.UidOf(options.Seed, "study");
    private long PatientOf(SampleOptions options) => (long)fixture.Query($"SELECT patient_key FROM studies WHERE study_instance_uid = '{StudyOf(options)}'")!;
    private long Conflicts(SampleOptions options) => (long)fixture.Query($"SELECT count(*) FROM conflicts WHERE study_instance_uid = '{StudyOf(options)}'")!;
}
