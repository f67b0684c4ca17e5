using System.Runtime.CompilerServices;
using System.Threading.Channels;
using Pacs.Dicom.CharacterSets;
using Pacs.Dicom.Datasets;
using Pacs.Dicom.Dictionaries;
using Pacs.Dicom.Net;
using Pacs.Dicom.Primitives;
using Pacs.Dicom.UpperLayer;
using Pacs.Storage.Hosting;
using Pacs.Storage.Peers;
using Pacs.Storage.Queries;

namespace Pacs.Storage.Remote;

/// <summary>An archive that is asked by C-FIND (PS3.4 §C.4.1).</summary>
internal sealed class DimseArchive(Peer peer, PeerConnector connector) : IRemoteArchive
{
    /// <summary>Answers read ahead of who takes them.</summary>
    private const int Ahead = 64;

    /// <summary>Matches of the levels above that are gone through for one search.</summary>
    private const int MaxAbove = 10_000;

    private static readonly string[] Syntaxes = [Uids.ExplicitVRLittleEndian, Uids.ImplicitVRLittleEndian];

    private readonly PeerRemote _settings = peer.Remote ?? PeerRemote.Default;

    public async IAsyncEnumerable<DicomDataset> FindAsync(QuerySpec query, [EnumeratorCancellation] CancellationToken cancellation)
    {
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        var answers = Channel.CreateBounded<DicomDataset>(Ahead);
        var work = OwnThread.RunAsync(() => Find(query, answers.Writer, stop.Token));
        try
        {
            await foreach (var answer in answers.Reader.ReadAllAsync(cancellation)) yield return answer;
        }
        finally
        {
            await stop.CancelAsync();
            await work;
        }
    }

    /// <summary>Never throws: the reader finds the end and its cause.</summary>
    private void Find(QuerySpec query, ChannelWriter<DicomDataset> answers, CancellationToken stop)
    {
        try
        {
            var found = 0;
            foreach (var answer in Find(query, stop))
            {
                if (found++ < query.Offset) continue;
                if (!answers.TryWrite(answer)) answers.WriteAsync(answer, stop).AsTask().GetAwaiter().GetResult();
                if (query.Limit is not { } limit || found - query.Offset < limit) continue;
                // Who waits need not wait for the peer to take note of the end.
                answers.Complete();
                return;
            }
            answers.Complete();
        }
        catch (AssociationException e)
        {
            answers.TryComplete(RemoteArchiveException.Of(e, wasOpen: true));
        }
        catch (Exception e)
        {
            answers.TryComplete(e);
        }
    }

    private IEnumerable<DicomDataset> Find(QuerySpec query, CancellationToken stop)
    {
        if (query.Limit is 0) yield break;
        query = query with { Return = [.. query.Return, .. RemoteAttributes.Named(_settings.Attributes)] };
        var contexts = RemoteModels.Proposed(_settings.Model, query.Level).Select(m => new ProposedContext(m.Find, Syntaxes)).ToList();
        var options = connector.Options(peer, contexts) with { ExtendedNegotiations = [.. contexts.Select(c => Wanted(c.AbstractSyntax, query))] };
        using var connection = new StoppableAssociation(options, stop);
        var association = connection.Association;
        var model = RemoteModels.Accepted(association, _settings.Model, query.Level, m => m.Find)
            ?? throw new RemoteArchiveException(RemoteFault.Refused, $"{peer.AeTitle} offers no C-FIND {(query.Level == QueryLevel.Patient ? "in Patient Root, which a search for patients needs" : "in the model that is set for it")}.");
        var agreed = association.Info.Peer.ExtendedNegotiations.FirstOrDefault(n => n.SopClassUid == model.Find)?.ApplicationInformation ?? default;
        var identifiers = new RemoteIdentifiers(query, model, isRelational: agreed.Length > 0 && agreed.Span[0] == 1, CharacterSet ?? SpecificCharacterSet.Utf8);
        foreach (var answer in Walk(association, model, identifiers, query.Level, 0, [], null, stop)) yield return answer;
        association.Release();
    }

    /// <summary>Goes down the levels of the model: through the matches of each that has to be asked to those of the one that was asked for.</summary>
    private IEnumerable<DicomDataset> Walk(
        ClientAssociation association, InformationModel model, RemoteIdentifiers identifiers, QueryLevel wanted, int depth, Dictionary<Tag, string> above, DicomDataset? upper, CancellationToken stop)
    {
        var level = model.Levels[depth];
        var key = InformationModel.UniqueKey(level);
        if (level == wanted)
        {
            foreach (var answer in Ask(association, model, identifiers.Create(level, above), upper, stop)) yield return answer;
        }
        else if (!identifiers.IsAsked(level))
        {
            // Relational: what is not known of the levels above is a key of the one request.
            if (identifiers.ValueOf(level) is { } value) above = new(above) { [key] = value };
            foreach (var answer in Walk(association, model, identifiers, wanted, depth + 1, above, upper, stop)) yield return answer;
        }
        else
        {
            // One request at a time: they are all read before the first of them is gone into.
            var matches = Ask(association, model, identifiers.Create(level, above), upper, stop).Take(MaxAbove + 1).ToList();
            if (matches.Count > MaxAbove) throw new RemoteArchiveException(RemoteFault.Refused, $"More than {MaxAbove} matches would have to be gone through: name a study, a patient ID or a date.");
            foreach (var match in matches)
            {
                if (match.GetString(key) is not { } value) continue;
                var known = new Dictionary<Tag, string>(above) { [key] = value };
                if (model.Levels[0] == QueryLevel.Patient && match.GetString(Tags.PatientID) is { Length: > 0 } patient) known[Tags.PatientID] = patient;
                foreach (var answer in Walk(association, model, identifiers, wanted, depth + 1, known, match, stop)) yield return answer;
            }
        }
    }

    private IEnumerable<DicomDataset> Ask(ClientAssociation association, InformationModel model, DicomDataset identifier, DicomDataset? upper, CancellationToken stop)
    {
        stop.ThrowIfCancellationRequested();
        foreach (var response in association.Find(model.Find, identifier))
        {
            stop.ThrowIfCancellationRequested();
            if (response.Status.IsPending)
            {
                if (response.Dataset is { } dataset) yield return RemoteAnswer.Create(dataset, CharacterSet, upper);
            }
            else if (!response.Status.IsDone)
            {
                throw RemoteArchiveException.Of(response.Command);
            }
        }
    }

    private SpecificCharacterSet? CharacterSet => _settings.CharacterSet is { Length: > 0 } terms ? SpecificCharacterSet.Parse(System.Text.Encoding.ASCII.GetBytes(terms)) : null;

    /// <summary>PS3.4 Table C.5-2: relational, combined date and time, fuzzy names, time zone, multi-frame conversion, empty value, several values.</summary>
    private static SopClassExtendedNegotiation Wanted(string sopClassUid, QuerySpec query) => new(sopClassUid, new byte[]
    {
        1, Flag(query.CombinedDateTime), Flag(query.FuzzyMatching), 0, 0, Flag(query.EmptyValueMatching), Flag(query.MultipleValueMatching),
    });

    private static byte Flag(bool isWanted) => isWanted ? (byte)1 : (byte)0;
}
