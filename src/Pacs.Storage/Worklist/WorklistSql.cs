using System.Globalization;
using Npgsql;
using Pacs.Dicom.Dictionaries;
using Pacs.Dicom.Primitives;
using Pacs.Storage.Queries;
using Pacs.Storage.Queries.Matching;
using Pacs.Storage.Queries.Sql;

namespace Pacs.Storage.Worklist;

/// <summary>The statement that reads a batch of candidates: what conditions say of attributes with a column.</summary>
internal static class WorklistSql
{
    private static readonly Dictionary<Tag, QueryColumn> OfItem = Columns(
        (Tags.PatientID, ColumnKind.Text, "w.patient_id"),
        (Tags.PatientName, ColumnKind.Name, "w.patient_name_key"),
        (Tags.AccessionNumber, ColumnKind.Text, "w.accession_number"),
        (Tags.StudyInstanceUID, ColumnKind.Text, "w.study_instance_uid"),
        (Tags.RequestedProcedureID, ColumnKind.Text, "w.requested_procedure_id"));

    private static readonly Dictionary<Tag, QueryColumn> OfStep = Columns(
        (Tags.Modality, ColumnKind.Text, "w.modality"),
        (Tags.ScheduledStationAETitle, ColumnKind.TextArray, "w.station_ae_titles"),
        (Tags.ScheduledProcedureStepStartDate, ColumnKind.Date, "w.start_date"),
        (Tags.ScheduledProcedureStepStartTime, ColumnKind.Time, "w.start_time"),
        (Tags.ScheduledProcedureStepID, ColumnKind.Text, "w.step_id"),
        (Tags.ScheduledProcedureStepStatus, ColumnKind.Text, "w.status"));

    /// <summary>Columns of <see cref="WorklistRows"/>, start date, start time; the place to continue from is the last three parameters.</summary>
    public static string Write(IReadOnlyList<Condition> conditions, bool withClosed, NpgsqlParameterCollection parameters, bool isContinued, int limit)
    {
        var values = new SqlParameters();
        var terms = new List<string>();
        if (!withClosed) terms.Add("NOT w.is_closed");
        foreach (var condition in conditions)
        {
            if (condition is ValueCondition value) Add(value, OfItem);
            // An item has one step, so what holds within a step holds of the row.
            else if (condition is ItemCondition step && step.Sequence == Tags.ScheduledProcedureStepSequence)
                foreach (var inner in step.All)
                {
                    if (inner is ValueCondition innerValue) Add(innerValue, OfStep);
                    else if (inner is MomentCondition moment && OfStep.TryGetValue(moment.Date, out var date)) terms.Add(ConditionSql.Write(date, OfStep[moment.Time], moment, values));
                }
        }
        values.CopyTo(parameters);
        var next = parameters.Count;
        if (isContinued) terms.Add(string.Create(CultureInfo.InvariantCulture, $"(w.start_date, w.start_time, w.id) > (${next + 1}, ${next + 2}, ${next + 3})"));
        return string.Create(CultureInfo.InvariantCulture, $"""
            SELECT {WorklistRows.Columns}, w.start_date, w.start_time FROM worklist_items w
            {(terms.Count > 0 ? "WHERE " : "")}{string.Join(" AND ", terms.Select(t => $"({t})"))}
            ORDER BY w.start_date, w.start_time, w.id LIMIT {limit}
            """);

        void Add(ValueCondition condition, Dictionary<Tag, QueryColumn> columns)
        {
            if (columns.TryGetValue(condition.Tag, out var column) && IsOfKind(condition, column)) terms.Add(ConditionSql.Write(column, condition, values));
        }
    }

    /// <summary>A key may come under another VR than the attribute has: then it is matched on the item alone.</summary>
    private static bool IsOfKind(ValueCondition condition, QueryColumn column) => condition.AnyOf.All(test => (column.Kind, test) switch
    {
        (ColumnKind.Text or ColumnKind.TextArray, IsExactly or IsLike) => true,
        (ColumnKind.Date, IsDateWithin) or (ColumnKind.Time, IsTimeWithin) or (ColumnKind.Name, IsName { OrLike: false }) => true,
        _ => false,
    });

    private static Dictionary<Tag, QueryColumn> Columns(params (Tag Tag, ColumnKind Kind, string Sql)[] columns) =>
        columns.ToDictionary(c => c.Tag, c => new QueryColumn(c.Tag, QueryLevel.Study, c.Kind, c.Sql));
}
