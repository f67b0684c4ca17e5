using Microsoft.Extensions.Logging;
using Npgsql;
using NpgsqlTypes;
using Pacs.Dicom.Parsing;
using Pacs.Storage.Ingest;
using Pacs.Storage.Jobs;
using Pacs.Storage.Model;
using Pacs.Storage.Peers;
using Pacs.Storage.Preprocessing;
using Pacs.Storage.Retrieval;
using Pacs.Storage.Studies;

namespace Pacs.Storage.Routing;

/// <summary>
/// Turns what waits in the outbox into jobs: for each rule, destination and study. Rows and jobs change places in one
/// transaction, so that each object is in the one or in the other whenever a process dies.
/// </summary>
public sealed class RoutingDispatch
{
    private const string ForwardKind = "forward";
    private const string PrefetchKind = "prefetch";

    private readonly NpgsqlDataSource _database;
    private readonly Router _router;
    private readonly PeerStore _peers;
    private readonly RetrievalService _retrieval;
    private readonly ILogger<RoutingDispatch> _logger;

    internal RoutingDispatch(NpgsqlDataSource database, Router router, PeerStore peers, RetrievalService retrieval, ILogger<RoutingDispatch> logger) =>
        (_database, _router, _peers, _retrieval, _logger) = (database, router, peers, retrieval, logger);

    /// <summary>Makes the jobs that are due. Any node may, at any time: one at a time does.</summary>
    /// <returns>How many objects were taken from the outbox.</returns>
    public async Task<int> RunAsync(CancellationToken cancellation)
    {
        // With nothing waiting it costs one look at an empty table.
        await using var any = _database.CreateCommand("SELECT EXISTS (SELECT FROM routing_outbox)");
        if (await any.ExecuteScalarAsync(cancellation) is not true) return 0;
        var total = 0;
        while (await RunOnceAsync(cancellation) is > 0 and var count)
        {
            total += count;
            if (count < RoutingOutbox.BatchSize) break;
        }
        return total;
    }

    private async Task<int> RunOnceAsync(CancellationToken cancellation)
    {
        await using var connection = await _database.OpenConnectionAsync(cancellation);
        await using var transaction = await connection.BeginTransactionAsync(cancellation);
        var outbox = new RoutingOutbox(connection, cancellation);
        if (!await outbox.TryLockAsync()) return 0;
        var snapshot = await _router.ReadAsync(connection, cancellation);
        var jobs = new RoutingJobs(connection, cancellation);
        await outbox.MarkDueAsync([.. snapshot.Enabled.Where(r => r.Rule.Trigger != RoutingTrigger.Study)
            .Select(r => (r.Id, r.Rule.Trigger == RoutingTrigger.Series ? TimeSpan.FromSeconds(r.Rule.QuietSeconds) : TimeSpan.Zero))]);
        var (count, objects) = await outbox.TakeAsync([.. snapshot.Enabled.Select(r => r.Id)]);
        var peers = objects.Count == 0 ? [] : (await _peers.ListAsync(cancellation, [])).ToDictionary(p => p.AeTitle);
        foreach (var group in objects.GroupBy(o => (o.RuleId, o.StudyInstanceUid)))
        {
            if (snapshot.Enabled.FirstOrDefault(r => r.Id == group.Key.RuleId).Rule is not { } rule) continue;
            // A newer version of an object counts once, as what came last.
            List<RoutedObject> distinct = [.. group.Reverse().DistinctBy(o => o.SopInstanceUid).Reverse()];
            var work = new RoutingWork(rule, group.Key.StudyInstanceUid, distinct, snapshot.Archive, peers);
            await RouteAsync(work, jobs, connection, cancellation);
            await outbox.CountAsync(group.Key.RuleId, work.Routed, work.Cut, work.LastCut);
        }
        await transaction.CommitAsync(cancellation);
        return count;
    }

    private async Task RouteAsync(RoutingWork work, RoutingJobs jobs, NpgsqlConnection connection, CancellationToken cancellation)
    {
        foreach (var action in work.Rule.Actions)
        {
            switch (action.Kind)
            {
                case RoutingActionKind.Forward:
                    await ForwardAsync(work, action, jobs, cancellation);
                    break;
                case RoutingActionKind.Prefetch:
                    await PrefetchAsync(work, action, jobs, cancellation);
                    break;
                case RoutingActionKind.Notify:
                    if (action.TellsWebhooks) work.Routed += await AnnounceAsync(work, action, connection, cancellation);
                    foreach (var peer in action.Destinations) await NotifyAsync(work, action, peer, jobs, connection, cancellation);
                    break;
                case RoutingActionKind.Retention:
                    await ClassifyAsync(work, action, connection, cancellation);
                    break;
            }
        }
    }

    private async Task ForwardAsync(RoutingWork work, RoutingAction action, RoutingJobs jobs, CancellationToken cancellation)
    {
        var objects = action.Filter is { } filter ? await FilterAsync(work, filter, cancellation) : work.Objects;
        var parameters = new ForwardParameters
        {
            Coerce = action.Coerce.Count > 0 ? action.Coerce : null,
            ModifyingSystem = action.Coerce.Count > 0 ? work.Archive : null,
            Commit = action.Commit,
        }.ToJson();
        foreach (var titles in Destinations.Of(action, work.Study))
        {
            // Of a group those are left where the object did not come from: objects that may go the same way go together.
            foreach (var same in objects.GroupBy(o => string.Join('\\', work.Open(o, titles))))
            {
                if (same.Key.Length == 0) continue;
                var open = same.Key.Split('\\');
                var request = new JobRequest(ForwardKind)
                {
                    Peer = open[0],
                    Alternates = open[1..],
                    StudyInstanceUid = work.Study,
                    Priority = action.Priority,
                    Parameters = parameters,
                    Cause = work.Cause,
                };
                List<JobItem> items = [.. same.Select(o => new JobItem(o.SopInstanceUid, o.Bytes))];
                var job = await jobs.AddAsync(request, items);
                work.Routed += items.Count;
                _logger.JobMade(work.Rule.Name, job, ForwardKind, open[0], work.Study, items.Count);
            }
            foreach (var (peer, reason, count) in work.TakeCuts()) _logger.Cut(work.Rule.Name, count, work.Study, peer, reason);
        }
    }

    private async Task<IReadOnlyList<RoutedObject>> FilterAsync(RoutingWork work, RoutingCondition filter, CancellationToken cancellation)
    {
        var test = new RoutingConditionReader([]).Read(filter, "filter");
        var passing = new HashSet<string>();
        try
        {
            await AddPassingAsync(work.Objects);
        }
        catch (Exception e) when (IsUnreadable(e))
        {
            // One whose header is in a file that cannot be read holds up no other.
            foreach (var item in work.Objects) await AddIfReadableAsync(item);
        }
        return [.. work.Objects.Where(o => passing.Contains(o.SopInstanceUid))];

        async Task AddPassingAsync(IEnumerable<RoutedObject> objects)
        {
            await foreach (var (instance, header) in _retrieval.ReadHeadersAsync(new InstanceSelector { SopInstanceUids = [.. objects.Select(o => o.SopInstanceUid)] }, cancellation))
                if (test.IsMet(new RoutingSubject(header, new IngestSource(""), default))) passing.Add(instance.SopInstanceUid);
        }

        async Task AddIfReadableAsync(RoutedObject item)
        {
            try
            {
                await AddPassingAsync([item]);
            }
            catch (Exception e) when (IsUnreadable(e))
            {
                work.LeaveOut($"{item.SopInstanceUid} is not sent: the filter cannot be asked, its file cannot be read");
                _logger.Unreadable(work.Rule.Name, item.SopInstanceUid, e);
            }
        }
    }

    private static bool IsUnreadable(Exception error) => error is BlobMissingException or IOException or DicomFormatException;

    /// <summary>Once for a study, however many objects of it come.</summary>
    private async Task PrefetchAsync(RoutingWork work, RoutingAction action, RoutingJobs jobs, CancellationToken cancellation)
    {
        foreach (var peer in action.Destinations)
        {
            var request = new JobRequest(PrefetchKind)
            {
                Peer = peer,
                StudyInstanceUid = work.Study,
                Priority = action.Priority,
                Cause = work.Cause,
                Parameters = System.Text.Json.JsonSerializer.SerializeToElement(new { studies = action.Studies, sameModality = action.SameModality, sameBodyPart = action.SameBodyPart }),
            };
            if (await jobs.ExistsAsync(request)) continue;
            var job = await jobs.MakeAsync(request, []);
            _logger.JobMade(work.Rule.Name, job, PrefetchKind, peer, work.Study, 0);
            work.Routed++;
        }
    }

    /// <returns>Changes that tell of it: one for each object, series or study, as the rule waits for them.</returns>
    private static async Task<int> AnnounceAsync(RoutingWork work, RoutingAction action, NpgsqlConnection connection, CancellationToken cancellation)
    {
        await using var command = new NpgsqlCommand(
            """
            INSERT INTO changes (kind, study_instance_uid, series_instance_uid, sop_instance_uid, rule, webhooks)
            SELECT DISTINCT $1, $2, CASE WHEN $4 THEN '' ELSE s.series_instance_uid END, CASE WHEN $5 THEN i.sop_instance_uid ELSE '' END, $6, $7::bigint[]
            FROM instances i JOIN series s ON s.id = i.series_key WHERE i.sop_instance_uid = ANY ($3)
            """, connection);
        command.Parameters.Add(JobRows.Parameter(NpgsqlDbType.Smallint, (short)ChangeKind.Routed));
        command.Parameters.Add(JobRows.Parameter(NpgsqlDbType.Text, work.Study));
        command.Parameters.Add(JobRows.Parameter(NpgsqlDbType.Array | NpgsqlDbType.Text, work.Objects.Select(o => o.SopInstanceUid).ToArray()));
        command.Parameters.Add(JobRows.Parameter(NpgsqlDbType.Boolean, work.Rule.Trigger == RoutingTrigger.Study));
        command.Parameters.Add(JobRows.Parameter(NpgsqlDbType.Boolean, work.Rule.Trigger == RoutingTrigger.Object));
        command.Parameters.Add(JobRows.Parameter(NpgsqlDbType.Text, work.Rule.Name));
        command.Parameters.Add(JobRows.Parameter(NpgsqlDbType.Array | NpgsqlDbType.Bigint, action.WebhookIds.Count > 0 ? action.WebhookIds.ToArray() : null));
        return await command.ExecuteNonQueryAsync(cancellation);
    }

    private async Task NotifyAsync(RoutingWork work, RoutingAction action, string peer, RoutingJobs jobs, NpgsqlConnection connection, CancellationToken cancellation)
    {
        await using var command = new NpgsqlCommand("SELECT instance_count FROM studies WHERE study_instance_uid = $1", connection);
        command.Parameters.Add(JobRows.Parameter(NpgsqlDbType.Text, work.Study));
        if (await command.ExecuteScalarAsync(cancellation) is not int instances) return;
        var (kind, size) = action.Notification == PeerNotification.StudyContent ? (StudyContents.ContentJobKind, StudyContents.ContentPartSize) : (StudyContents.JobKind, StudyContents.PartSize);
        var parts = StudyContents.Parts(instances, size);
        var job = await jobs.MakeAsync(new JobRequest(kind) { Peer = peer, StudyInstanceUid = work.Study, Cause = work.Cause }, parts);
        _logger.JobMade(work.Rule.Name, job, kind, peer, work.Study, parts.Count);
        work.Routed++;
    }

    private static async Task ClassifyAsync(RoutingWork work, RoutingAction action, NpgsqlConnection connection, CancellationToken cancellation)
    {
        await using var command = new NpgsqlCommand(
            """
            INSERT INTO retention_studies (study_instance_uid, class, rule) VALUES ($1, $2, $3)
            ON CONFLICT (study_instance_uid) DO UPDATE SET class = excluded.class, rule = excluded.rule, assigned_at = now() WHERE retention_studies.class <> excluded.class
            """, connection);
        command.Parameters.Add(JobRows.Parameter(NpgsqlDbType.Text, work.Study));
        command.Parameters.Add(JobRows.Parameter(NpgsqlDbType.Text, action.RetentionClass));
        command.Parameters.Add(JobRows.Parameter(NpgsqlDbType.Text, work.Rule.Name));
        await command.ExecuteNonQueryAsync(cancellation);
        work.Routed++;
    }
}
