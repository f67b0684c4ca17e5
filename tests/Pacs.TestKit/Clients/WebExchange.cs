using Microsoft.AspNetCore.Http;

namespace Pacs.TestKit.Clients;

/// <summary>A request that a <see cref="ScriptedDicomWeb"/> got, and what it answered.</summary>
/// <param name="Method">GET, POST, …</param>
/// <param name="PathAndQuery">Below the root of the server.</param>
/// <param name="Protocol">HTTP/1.1 or HTTP/2.</param>
/// <param name="Headers">As they came.</param>
/// <param name="ClientCertificate">Subject of the certificate that the client showed.</param>
public sealed record WebExchange(string Method, string PathAndQuery, string Protocol, IHeaderDictionary Headers, string? ClientCertificate)
{
    public string Authorization => Headers.Authorization.ToString();

    /// <summary>0 until it is answered, and when the connection was cut.</summary>
    public int Status { get; set; }

    public DateTime At { get; } = DateTime.UtcNow;

    public bool IsStow => Method == "POST" && PathAndQuery.StartsWith("/dicomweb/studies", StringComparison.Ordinal);
}
