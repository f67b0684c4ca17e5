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
        var search = DicomWebQuery.Of(query with { Return = [.. query.Return, .. RemoteAttributes.Named(peer.Remote?.Attributes ?? [])] });
        // Of patients it is not known how many studies they have.
        search = search with { Limit = query.Level != QueryLevel.Patient && query.Limit is { } limit ? (int)Math.Min((long)limit + query.Offset, int.MaxValue) : int.MaxValue };
        try
        {
            return connector.Connect(peer).SearchAsync(search, CancellationToken.None);
        }
        catch (DicomWebException e)
        {
            throw RemoteArchiveException.Of(e);
        }
    }

    private static DicomDataset OfPatient(DicomDataset match)
    {
        foreach (var tag in match.Select(e => e.Tag).Where(t => t != Tags.SpecificCharacterSet && QueryColumns.LevelOf(t) != QueryLevel.Patient).ToList()) match.Remove(tag);
        return match;
    }
}
