using Pacs.Storage.Hosting;
using Pacs.Storage.Retrieval;

namespace Pacs.Api.Hosting;

/// <summary>Addresses of this server as its clients see it, for answers that carry URLs.</summary>
internal sealed class PublicUrls(PacsOptions options)
{
    /// <summary>Where DICOMweb lives below the server's address.</summary>
    public const string DicomWebPath = "/dicomweb";

    private readonly string? _configured = options.Http.PublicBaseUrl?.TrimEnd('/');

    /// <summary>The DICOMweb base, without a slash at the end.</summary>
    public string DicomWeb(HttpRequest request) => $"{Server(request)}{DicomWebPath}";

    /// <summary>The REST base, without a slash at the end.</summary>
    public string Rest(HttpRequest request) => $"{Server(request)}/api/v1";

    public static string Study(string dicomWeb, string study) => $"{dicomWeb}/studies/{study}";
    public static string Series(string dicomWeb, string study, string series) => $"{dicomWeb}/studies/{study}/series/{series}";
    public static string Instance(string dicomWeb, string study, string series, string instance) => $"{dicomWeb}/studies/{study}/series/{series}/instances/{instance}";

    /// <summary>Where a stored instance is.</summary>
    public string Instance(HttpRequest request, StoredInstance stored) =>
        Instance(DicomWeb(request), stored.StudyInstanceUid, stored.SeriesInstanceUid, stored.SopInstanceUid);

    /// <summary>The server's address, without a slash at the end.</summary>
    public string Server(HttpRequest request) => _configured ?? $"{request.Scheme}://{request.Host}{request.PathBase}";
}
