using Microsoft.Extensions.Logging;
using Npgsql;
using Pacs.Dicom.Datasets;
using Pacs.Storage.Access;
using Pacs.Storage.Hosting;
using Pacs.Storage.Indexing;
using Pacs.Storage.Ingest;

namespace Pacs.Storage.Routing;

/// <summary>
/// The rules of this process. Objects are held against what it knows while they are stored; the statement that stores them
/// takes them only if that is still what the database has, and otherwise the rules are read anew. So a change holds for the
/// next object on every node, and costs no question for any.
/// </summary>
internal sealed class Router(PacsOptions options, TimeProvider time, ILogger<Router> logger)
{
    private volatile RoutingSnapshot _rules = new(0, "", []);

    public RoutingSnapshot Rules => _rules;

    /// <summary>What this archive is called in what it changes and sends.</summary>
    public static string ArchiveName(PacsOptions options, string archive) => $"{options.Dimse.AeTitle} {archive}";

    public RoutedEntry Route(DicomDataset dataset, IngestSource source, DateTimeOffset receivedAt)
    {
        var entry = new RoutedEntry(new RoutingSubject(dataset, source, TimeZoneInfo.ConvertTime(receivedAt, time.LocalTimeZone)));
        entry.Hold(_rules);
        return entry;
    }

    /// <summary>Reads the rules. One that a newer version wrote takes nothing, which is logged.</summary>
    public void Refresh(Statements sql)
    {
        var rows = sql.Query(Sql, Read);
        _rules = Create(rows);
    }

    /// <summary>As the database has them now.</summary>
    public async Task<RoutingSnapshot> ReadAsync(NpgsqlConnection connection, CancellationToken cancellation)
    {
        await using var command = new NpgsqlCommand(Sql, connection);
        return Create(await Jobs.JobRows.ReadAllAsync(command, Read, cancellation));
    }

    private const string Sql =
        "SELECT v.version, v.archive, r.id, r.name, (r.settings || jsonb_build_object('name', r.name, 'position', r.position, 'isEnabled', r.is_enabled))::text FROM routing_version v LEFT JOIN routing_rules r ON true";

    private static (long Version, string Archive, long? Id, string Name, string Settings) Read(NpgsqlDataReader row) =>
        row.IsDBNull(2) ? (row.GetInt64(0), row.GetString(1), null, "", "") : (row.GetInt64(0), row.GetString(1), row.GetInt64(2), row.GetString(3), row.GetString(4));

    private RoutingSnapshot Create(List<(long Version, string Archive, long? Id, string Name, string Settings)> rows)
    {
        var rules = new List<(long, RoutingRule)>();
        foreach (var row in rows.Where(r => r.Id is not null))
        {
            try
            {
                rules.Add((row.Id!.Value, AccessJson.Read<RoutingRule>(row.Settings, RoutingRuleStore.Resource, row.Name)));
            }
            catch (UnreadableSettingsException e)
            {
                logger.RuleNotRead(e.Message);
            }
        }
        return new RoutingSnapshot(rows[0].Version, ArchiveName(options, rows[0].Archive), rules);
    }
}
