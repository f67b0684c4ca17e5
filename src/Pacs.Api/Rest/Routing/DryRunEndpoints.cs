using Pacs.Api.Errors;
using Pacs.Api.OpenApi;
using Pacs.Api.Security;
using Pacs.Dicom.Datasets;
using Pacs.Dicom.Files;
using Pacs.Dicom.Parsing;
using Pacs.Dicom.Primitives;
using Pacs.Storage.Ingest;
using Pacs.Storage.Routing;
using Pacs.Storage.Security;

namespace Pacs.Api.Rest.Routing;

/// <summary>/routing/dry-run: which rules would take what, and why not the others.</summary>
internal static class DryRunEndpoints
{
    private const long MaxBody = 1L << 30;
    private const string Example = """[{"rule":"ct-to-research","fires":true,"trigger":"Study","objects":1,"actions":[{"kind":"Forward","objects":1,"destinations":["RESEARCH"],"cut":[]}]},{"rule":"mr","fires":false,"trigger":"Object","objects":0,"because":"condition: modalities MR","actions":[]}]""";

    public static void MapRoutingDryRun(this IEndpointRouteBuilder api) => api.MapGroup("/routing").WithTags("Routing").MapPost("/dry-run", RunAsync)
        .RequireScope(ApiKeyScope.Read)
        .WithSummary("Try the routing rules")
        .WithDescription($"""
            Tells which rules would take a stored study, or a DICOM file that is posted, what they would do, and of the others the first condition that does not hold. Nothing is stored, sent or noted.

            A stored study is named by `studyInstanceUid`; where its objects came from is what was kept of it (not the listener: `listener` says it), up to {RoutingDryRun.MaxObjects} of them are looked at, and what is told of a rule is of all objects that it takes: `objects` of an action are those that its filter lets through and that do not come from where they would go, `because` is what keeps the first other one back. With a body, the query says where the file is to be taken to come from.
            """)
        .WithMetadata(
            new QueryParameterMetadata("studyInstanceUid", "A stored study; then there is no body.", "string", "1.2.826.0.1.3680043.8.498.1"),
            new QueryParameterMetadata("callingAeTitle", "Of a body: AE title that sends it.", "string", "CT1"),
            new QueryParameterMetadata("calledAeTitle", "Of a body: AE title that it is sent to.", "string", "PACS"),
            new QueryParameterMetadata("listener", "Name of the listener that takes it, or that took the stored study. Default `default`.", "string", "default"),
            new QueryParameterMetadata("address", "Of a body: IP address that it comes from.", "string", "192.0.2.17"),
            new QueryParameterMetadata("protocol", "Of a body: DIMSE, the default, STOW-RS or import.", "string", "DIMSE"))
        .Takes("A DICOM Part 10 file. Left out when a stored study is named.", "application/dicom")
        .Answers(StatusCodes.Status200OK, "The enabled rules, in order.", Example, default(IReadOnlyList<DryRunRule>))
        .Fails(StatusCodes.Status400BadRequest, "Neither a study nor a DICOM file.")
        .Fails(StatusCodes.Status404NotFound, "There is no such study.");

    private static async Task<IReadOnlyList<DryRunRule>> RunAsync(RoutingDryRun routing, TimeProvider time, HttpRequest request, CancellationToken cancellation)
    {
        var query = request.Query;
        if (query["studyInstanceUid"].ToString() is { Length: > 0 } study)
        {
            if (!Uid.IsAcceptable(study)) throw ApiException.BadRequest("\"studyInstanceUid\" is no UID.");
            return await routing.RunAsync(study, Given("listener") ?? Storage.Access.Listener.Default, cancellation) ?? throw ApiException.NotFound("There is no such study here.");
        }
        var (dataset, fileMeta) = await ReadAsync(request.Body, cancellation);
        var source = new IngestSource(query["protocol"].ToString() is { Length: > 0 } protocol ? protocol : "DIMSE")
        {
            CallingAeTitle = Given("callingAeTitle"),
            CalledAeTitle = Given("calledAeTitle"),
            Listener = Given("listener") ?? Storage.Access.Listener.Default,
            RemoteAddress = Given("address"),
            FileSource = fileMeta.SourceApplicationEntityTitle,
        };
        return await routing.RunAsync(new RoutingSubject(dataset, source, time.GetLocalNow()), cancellation);

        string? Given(string name) => query[name].ToString() is { Length: > 0 } value ? value : null;
    }

    private static async Task<(DicomDataset Dataset, FileMetaInformation FileMeta)> ReadAsync(Stream body, CancellationToken cancellation)
    {
        var head = Array.Empty<byte>();
        var buffer = new byte[64 * 1024];
        FileMetaInformation? fileMeta = null;
        DatasetParser? parser = null;
        long total = 0;
        try
        {
            int read;
            do
            {
                read = await body.ReadAsync(buffer, cancellation);
                if ((total += read) > MaxBody) throw new ApiException(StatusCodes.Status413PayloadTooLarge, "The file is longer than 1 GiB: the rules look at its header only.");
                if (parser is not null)
                {
                    parser.Append(buffer.AsSpan(0, read));
                    continue;
                }
                head = [.. head, .. buffer.AsSpan(0, read)];
                if (!TryRead(head, read == 0, out fileMeta, out var rest)) continue;
                parser = new DatasetParser(fileMeta!.TransferSyntax);
                parser.Append(head.AsSpan(head.Length - rest));
            }
            while (read > 0);
            return (parser?.Complete() ?? throw ApiException.BadRequest("Name a stored study (?studyInstanceUid=), or post a DICOM file."), fileMeta!);
        }
        catch (DicomFormatException e)
        {
            throw ApiException.BadRequest($"The body is no DICOM file: {e.Message}");
        }
        finally
        {
            parser?.Dispose();
        }
    }

    private static bool TryRead(byte[] head, bool isFinal, out FileMetaInformation? fileMeta, out int rest)
    {
        (fileMeta, rest) = (null, 0);
        if (head.Length == 0) return false;
        ReadOnlySpan<byte> input = head;
        var isRead = Part10Parser.TryRead(ref input, isFinal, out fileMeta);
        rest = input.Length;
        return isRead;
    }
}
