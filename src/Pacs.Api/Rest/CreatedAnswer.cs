using Pacs.Api.Hosting;

namespace Pacs.Api.Rest;

/// <summary>201, with the address of what was made as its client sees this server.</summary>
/// <param name="path">Below the REST base, with a slash first.</param>
/// <param name="made">The body.</param>
internal sealed class CreatedAnswer(string path, object made) : IResult
{
    public Task ExecuteAsync(HttpContext context)
    {
        var rest = context.RequestServices.GetRequiredService<PublicUrls>().Rest(context.Request);
        return Results.Created(rest + path, made).ExecuteAsync(context);
    }
}
