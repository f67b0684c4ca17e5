using Pacs.Dicom.Dictionaries;
using Pacs.Storage.Maintenance;
using Pacs.Storage.Tests.Ingest;
using Pacs.TestKit;
using Pacs.TestKit.Samples;

namespace Pacs.Storage.Tests.Maintenance;

public sealed class ReindexTests(PostgresFixture fixture) : IClassFixture<PostgresFixture>
{
    private const string Fingerprint =
        """
        SELECT string_agg(concat_ws('|', p.patient_id, p.issuer, p.unknown_study_uid, p.name_key, p.sex, p.study_count, p.series_count, p.instance_count, encode(p.attributes, 'hex'),
            st.study_instance_uid, st.study_date, st.study_time, st.accession_number, st.description, st.modalities, st.sop_classes, st.series_count, st.instance_count, encode(st.attributes, 'hex'),
            se.series_instance_uid, se.modality, se.series_number, se.instance_count, encode(se.attributes, 'hex'),
            i.sop_instance_uid, i.sop_class_uid, i.transfer_syntax_uid, i.instance_number, i.rows, i.columns, i.number_of_frames, i.blob_key, i.blob_length, i.dataset_offset, i.dataset_crc,
            i.is_lossy, i.pixel_offset, i.pixel_length, encode(i.frame_table, 'hex'), encode(i.header, 'hex'), i.calling_ae_title, i.called_ae_title), E'\n' ORDER BY i.sop_instance_uid)
            || (SELECT string_agg(concat_ws('|', sop_instance_uid, blob_key, dataset_crc), E'\n' ORDER BY blob_key) FROM instance_versions)
            || (SELECT string_agg(concat_ws('|', kind, study_instance_uid, claimed_patient_id), E'\n' ORDER BY study_instance_uid) FROM conflicts)
        FROM patients p JOIN studies st ON st.patient_key = p.id JOIN series se ON se.study_key = st.id JOIN instances i ON i.series_key = se.id
        """;

    [Fact]
    public async Task Run_OfAWholeArchive_GivesTheSameIndex()
    {
        using var process = fixture.StartProcess();
        var options = SampleOptions.Fresh() with { CharacterSet = ["ISO_IR 100"], PatientName = "Müller^Jörg" };
        foreach (var sample in SampleObjects.OneOfEach(options)) process.Store(sample);
        process.Store(SampleObjects.Ct(options with { Customize = d => d.Set(Tags.ImageComments, "second version") }));
        process.Store(SampleObjects.Ct(options with { InstanceNumber = 7, PatientId = "another" }));
        process.Store(SampleObjects.Ct(SampleOptions.Fresh() with { PatientId = "", StudyDescription = "" }));
        foreach (var sample in SampleObjects.Study(2, 70, SampleOptions.Fresh() with { Rows = 8, Columns = 8 })) process.Store(sample);
        var before = Lines();

        fixture.Query("TRUNCATE patients, studies, series, instances, instance_versions, conflicts");
        var last = await process.Get<Reindex>().RunAsync(null, default);
        Assert.Equal(new ReindexProgress(149, 0), last);
        Assert.Equal(before, Lines());

        // And the archive goes on: the same process stores into what it has just rebuilt.
        Assert.True(process.Store(SampleObjects.Ct(options with { InstanceNumber = 8 })).IsSuccess);
    }

    [Fact]
    public async Task Run_NewerVersionComesMeanwhile_KeepsItAsThePresentOne()
    {
        using var fresh = new PostgresFixture();
        using var process = fresh.StartProcess();
        foreach (var other in SampleObjects.Study(1, 130, SampleOptions.Fresh() with { Rows = 8, Columns = 8 })) process.Store(other);
        var options = SampleOptions.Fresh();
        var former = SampleObjects.Ct(options);
        process.Store(former);
        var formerKey = KeyOf(former);
        object? present = null;

        await process.Get<Reindex>().RunAsync(new Inline(() =>
        {
            if (present is not null) return;
            Assert.True(process.Store(SampleObjects.Ct(options with { Customize = d => d.Set(Tags.ImageComments, "second version") })).IsSuccess);
            present = KeyOf(former);
        }), default);

        Assert.NotEqual(formerKey, present);
        Assert.Equal(present, KeyOf(former));
        Assert.Equal(formerKey, fresh.Query($"SELECT blob_key FROM instance_versions WHERE sop_instance_uid = '{former.SopInstanceUid}'"));

        object? KeyOf(SampleObject sample) => fresh.Query($"SELECT blob_key FROM instances WHERE sop_instance_uid = '{sample.SopInstanceUid}'");
    }

    private sealed class Inline(Action action) : IProgress<ReindexProgress>
    {
        public void Report(ReindexProgress value) => action();
    }

    private string[] Lines() => ((string)fixture.Query(Fingerprint)!).Split('\n');
}
