using Npgsql;
using NpgsqlTypes;
using Pacs.Storage.Ingest;
using Pacs.Storage.Jobs;
using Pacs.Storage.Peers;
using Pacs.Storage.Retrieval;

namespace Pacs.Storage.Routing;

/// <summary>Tells which rules would take an object, what they would do, and why the others would not. Nothing is done.</summary>
public sealed class RoutingDryRun
{
    /// <summary>Objects of a study that are looked at.</summary>
    public const int MaxObjects = 1000;

    private const string Dimse = "DIMSE";

    private readonly NpgsqlDataSource _database;
    private readonly Router _router;
    private readonly PeerStore _peers;
    private readonly RetrievalService _retrieval;
    private readonly TimeProvider _time;

    internal RoutingDryRun(NpgsqlDataSource database, Router router, PeerStore peers, RetrievalService retrieval, TimeProvider time) =>
        (_database, _router, _peers, _retrieval, _time) = (database, router, peers, retrieval, time);

    /// <summary>Of one object.</summary>
    public async Task<IReadOnlyList<DryRunRule>> RunAsync(RoutingSubject subject, CancellationToken cancellation)
    {
        var (snapshot, peers) = await ReadAsync(cancellation);
        return [.. Explain(snapshot, peers, subject, subject.Source.RemoteAddress ?? "").Select(e => e.Answer with { Objects = e.Takes ? 1 : 0 })];
    }

    /// <summary>Of the objects of a stored study, with what is known of where each came from. Null when there is no such study.</summary>
    /// <param name="studyInstanceUid">The study.</param>
    /// <param name="listener">By which listener what came by DIMSE is to be taken to have come: that is not kept.</param>
    /// <param name="cancellation">Ends it.</param>
    public async Task<IReadOnlyList<DryRunRule>?> RunAsync(string studyInstanceUid, string listener, CancellationToken cancellation)
    {
        var (snapshot, peers) = await ReadAsync(cancellation);
        var sources = await ReadSourcesAsync(studyInstanceUid, listener, cancellation);
        if (sources.Count == 0) return null;
        var rules = new Dictionary<string, DryRunRule>();
        await foreach (var (instance, header) in _retrieval.ReadHeadersAsync(new InstanceSelector { SopInstanceUids = [.. sources.Keys] }, cancellation))
        {
            var (source, receivedAt) = sources[instance.SopInstanceUid];
            var subject = new RoutingSubject(header, source, TimeZoneInfo.ConvertTime(receivedAt, _time.LocalTimeZone));
            foreach (var (answer, takes) in Explain(snapshot, peers, subject, source.RemoteAddress ?? ""))
            {
                // What is told is of all objects that the rule takes; if it takes none, of the first of all.
                if (!rules.TryGetValue(answer.Rule, out var known) || (takes && known.Objects == 0)) rules[answer.Rule] = answer with { Objects = takes ? 1 : 0 };
                else if (takes) rules[answer.Rule] = known with { Objects = known.Objects + 1, Actions = [.. known.Actions.Zip(answer.Actions, (one, other) => one.And(other))] };
            }
        }
        return [.. snapshot.Enabled.Select(r => rules.GetValueOrDefault(r.Rule.Name)).OfType<DryRunRule>()];
    }

    private async Task<(RoutingSnapshot Rules, Dictionary<string, Peer> Peers)> ReadAsync(CancellationToken cancellation)
    {
        await using var connection = await _database.OpenConnectionAsync(cancellation);
        return (await _router.ReadAsync(connection, cancellation), (await _peers.ListAsync(cancellation, [])).ToDictionary(p => p.AeTitle));
    }

    private async Task<Dictionary<string, (IngestSource Source, DateTimeOffset ReceivedAt)>> ReadSourcesAsync(string study, string listener, CancellationToken cancellation)
    {
        await using var command = _database.CreateCommand(
            """
            SELECT i.sop_instance_uid, i.protocol, i.calling_ae_title, i.called_ae_title, i.remote_address, i.received_at
            FROM studies s JOIN series r ON r.study_key = s.id JOIN instances i ON i.series_key = r.id WHERE s.study_instance_uid = $1 ORDER BY i.id LIMIT $2
            """);
        command.Parameters.Add(JobRows.Parameter(NpgsqlDbType.Text, study));
        command.Parameters.Add(JobRows.Parameter(NpgsqlDbType.Integer, MaxObjects));
        var rows = await JobRows.ReadAllAsync(
            command,
            r => (Uid: r.GetString(0), Source: new IngestSource(r.GetString(1)) { CallingAeTitle = Known(r.GetString(2)), CalledAeTitle = Known(r.GetString(3)), RemoteAddress = Known(r.GetString(4)), Listener = r.GetString(1) == Dimse ? listener : null },
                At: r.GetFieldValue<DateTimeOffset>(5)),
            cancellation);
        return rows.ToDictionary(r => r.Uid, r => (r.Source, r.At));
    }

    private static string? Known(string text) => text.Length > 0 ? text : null;

    private static IEnumerable<(DryRunRule Answer, bool Takes)> Explain(RoutingSnapshot snapshot, Dictionary<string, Peer> peers, RoutingSubject subject, string address)
    {
        var study = subject.Dataset.GetString(Dicom.Dictionaries.Tags.StudyInstanceUID) ?? "";
        var item = new RoutedObject(0, study, "", 0, subject.From, address, snapshot.CameBack(subject));
        foreach (var (rule, unmet) in snapshot.Explain(subject))
        {
            yield return unmet is null
                ? (new DryRunRule(rule.Name, true) { Trigger = rule.Trigger, Actions = [.. rule.Actions.Select(a => Describe(a, study, item, subject, peers))] }, true)
                : (new DryRunRule(rule.Name, false) { Trigger = rule.Trigger, Because = unmet }, false);
        }
    }

    private static DryRunAction Describe(RoutingAction action, string study, RoutedObject item, RoutingSubject subject, Dictionary<string, Peer> peers)
    {
        var answer = new DryRunAction(action.Kind) { Objects = 1 };
        if (action.Kind == RoutingActionKind.Retention) return answer with { RetentionClass = action.RetentionClass };
        if (action.Kind != RoutingActionKind.Forward) return answer with { Destinations = action.Destinations, Webhooks = action.TellsWebhooks, WebhookIds = action.WebhookIds };
        if (action.Filter is { } filter && new RoutingConditionReader([]).Read(filter, "filter").FirstUnmet(subject) is { } unmet) return answer with { Objects = 0, Because = unmet };
        var (open, cut) = (new List<string>(), new List<string>());
        foreach (var titles in Destinations.Of(action, study))
        {
            var left = titles.Where(t => Destinations.Loop(item, t, peers.GetValueOrDefault(t)) is null).ToList();
            if (left.Count > 0) open.Add(string.Join(", or while it is away ", left));
            else cut.AddRange(titles.Select(t => $"{t}: {Destinations.Loop(item, t, peers.GetValueOrDefault(t))}"));
        }
        return answer with { Objects = open.Count > 0 ? 1 : 0, Destinations = open, Cut = cut };
    }
}
