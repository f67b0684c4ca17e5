using Npgsql;
using NpgsqlTypes;
using Pacs.Dicom.Datasets;
using Pacs.Dicom.Dictionaries;
using Pacs.Dicom.Primitives;
using Pacs.Storage.Model;

namespace Pacs.Storage.Worklist;

/// <summary>Rows of worklist_items as items, and items as the parameters of statements.</summary>
internal static class WorklistRows
{
    /// <summary>What <see cref="Read"/> reads, in its order.</summary>
    public const string Columns = "w.id, w.status, w.dataset";

    public static WorklistItem Read(NpgsqlDataReader row, bool isNew = false)
    {
        var dataset = CompactHeader.Decode((byte[])row[2]);
        dataset.GetItems(Tags.ScheduledProcedureStepSequence)[0].Set(Tags.ScheduledProcedureStepStatus, Vr.CS, row.GetString(1));
        return new WorklistItem(row.GetInt64(0), dataset, isNew);
    }

    /// <summary>$1 to $11: patient, accession number, requested procedure, step, study, name, modality, stations, date, time, data set.</summary>
    public static void AddTo(NpgsqlParameterCollection parameters, WorklistEntry entry)
    {
        var (dataset, step) = (entry.Dataset, entry.Step);
        Add(dataset.Text(Tags.PatientID));
        Add(dataset.Text(Tags.AccessionNumber));
        Add(dataset.Text(Tags.RequestedProcedureID));
        Add(step.Text(Tags.ScheduledProcedureStepID));
        Add(dataset.Text(Tags.StudyInstanceUID));
        Add(NameKey.Fold(dataset.Text(Tags.PatientName)));
        Add(step.Text(Tags.Modality));
        parameters.Add(new NpgsqlParameter
        {
            Value = step.AllText(Tags.ScheduledStationAETitle).Split('\\', StringSplitOptions.RemoveEmptyEntries),
            NpgsqlDbType = NpgsqlDbType.Array | NpgsqlDbType.Text,
        });
        Add(step.Date(Tags.ScheduledProcedureStepStartDate));
        Add(step.Time(Tags.ScheduledProcedureStepStartTime));
        parameters.Add(new NpgsqlParameter { Value = CompactHeader.Encode(dataset), NpgsqlDbType = NpgsqlDbType.Bytea });

        void Add(string value) => parameters.Add(new NpgsqlParameter { Value = value, NpgsqlDbType = NpgsqlDbType.Text });
    }
}
