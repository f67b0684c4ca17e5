using System.Runtime.CompilerServices;
using Pacs.Dicom.Datasets;
using Pacs.Dicom.Dictionaries;
using Pacs.Dicom.Primitives;
using Pacs.Storage.DicomWeb;
using Pacs.Storage.Peers;
using Pacs.Storage.Queries;
using Pacs.Storage.Queries.Sql;

namespace Pacs.Storage.Remote;

/// <summary>An archive that is asked by QIDO-RS (PS3.18 §10.6). DICOMweb has no patients: they are those of the studies, each told once.</summary>
internal sealed class DicomWebArchive(Peer peer, DicomWebConnector connector) : IRemoteArchive
{
    public async IAsyncEnumerable<DicomDataset> FindAsync(QuerySpec query, [EnumeratorCancellation] CancellationToken cancellation)
    {
        var patients = query.Level == QueryLevel.Patient ? new HashSet<(string?, string?)>() : null;
        var (skipped, told) = (0, 0);
        var matches = Search(query).GetAsyncEnumerator(cancellation);
        await using (matches)
        {
            while (told < (query.Limit ?? int.MaxValue) && await Next(matches))
            {
                var match = RemoteAnswer.Create(matches.Current, assumed: null, above: null);
                if (patients?.Add((match.GetString(Tags.PatientID), match.GetString(Tags.IssuerOfPatientID))) == false || skipped++ < query.Offset) continue;
                told++;
                yield return patients is null ? match : OfPatient(match);
            }
        }
    }

    private static async Task<bool> Next(IAsyncEnumerator<DicomDataset> matches)
    {
        try
        {
            return await matches.MoveNextAsync();
        }
        catch (DicomWebException e)
        {
            throw RemoteArchiveException.Of(e);
        }
    }

    private IAsyncEnumerable<DicomDataset> Search(QuerySpec query)
    {
        var level = query.Level == QueryLevel.Patient ? QueryLevel.Study : query.Level;
        var study = level > QueryLevel.Study ? ValueOf(query, Tags.StudyInstanceUID) : null;
        var series = study is not null && level > QueryLevel.Series ? ValueOf(query, Tags.SeriesInstanceUID) : null;
        var search = new DicomWebQuery(level)
        {
            StudyInstanceUid = study,
            SeriesInstanceUid = series,
            // What is in the path is no key as well.
            Keys = [.. query.Keys
                .Where(k => k.Values.Count > 0 && !(study is not null && Is(k, Tags.StudyInstanceUID)) && !(series is not null && Is(k, Tags.SeriesInstanceUID)))
                .Select(k => new KeyValuePair<string, string>(k.Path.ToString(), string.Join(k.Vr == Vr.UI ? ',' : '\\', k.Values)))],
            IncludeFields = query.ReturnAll ? ["all"] : [.. query.Return.Concat(Configured()).Select(p => p.ToString()).Distinct()],
            FuzzyMatching = query.FuzzyMatching,
            Limit = query.Level != QueryLevel.Patient && query.Limit is { } limit ? (int)Math.Min((long)limit + query.Offset, int.MaxValue) : int.MaxValue,
        };
        try
        {
            return connector.Connect(peer).SearchAsync(search, CancellationToken.None);
        }
        catch (DicomWebException e)
        {
            throw RemoteArchiveException.Of(e);
        }
    }

    private IEnumerable<AttributePath> Configured() => RemoteAttributes.Named(peer.Remote?.Attributes ?? []);

    private static bool Is(MatchingKey key, Tag tag) => !key.Path.IsNested && key.Path.Attribute == tag;

    private static string? ValueOf(QuerySpec query, Tag tag) => query.Keys.FirstOrDefault(k => Is(k, tag)) is { Values: [var uid] } && Uid.IsAcceptable(uid) ? uid : null;

    private static DicomDataset OfPatient(DicomDataset match)
    {
        foreach (var tag in match.Select(e => e.Tag).Where(t => t != Tags.SpecificCharacterSet && QueryColumns.LevelOf(t) != QueryLevel.Patient).ToList()) match.Remove(tag);
        return match;
    }
}
