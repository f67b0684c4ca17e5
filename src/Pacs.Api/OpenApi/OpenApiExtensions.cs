using Microsoft.OpenApi;
using Pacs.Api.Hosting;
using Pacs.Storage.Security;

namespace Pacs.Api.OpenApi;

/// <summary>The OpenAPI document and its page at /swagger.</summary>
internal static class OpenApiExtensions
{
    private const string Description = """
        DICOMweb under `/dicomweb`, administration under `/api/v1`. Errors are problem details (RFC 9457) whose `detail` says what to do.

        As long as the server has no API key it is open to this machine. `./pacs key add` makes one and closes it: then send
        `Authorization: Bearer <key>` or `X-Api-Key: <key>`.
        """;

    public static IServiceCollection AddPacsOpenApi(this IServiceCollection services) => services
        .AddEndpointsApiExplorer()
        .AddSwaggerGen(swagger =>
        {
            swagger.SwaggerDoc("v1", new OpenApiInfo { Title = "PACS", Version = StartupNotice.Version, Description = Description });
            swagger.DocInclusionPredicate((_, endpoint) => endpoint.HttpMethod != HttpMethods.Head);
            swagger.OperationFilter<OperationDescriptions>();
            swagger.SupportNonNullableReferenceTypes();
            swagger.MapType<Secret>(() => new OpenApiSchema { Type = JsonSchemaType.String, Format = "password" });
            swagger.AddSecurityDefinition(OperationDescriptions.BearerScheme, new OpenApiSecurityScheme
            {
                Type = SecuritySchemeType.Http,
                Scheme = "bearer",
                Description = "An API key of \"./pacs key add\".",
            });
            swagger.AddSecurityDefinition(OperationDescriptions.HeaderScheme, new OpenApiSecurityScheme
            {
                Type = SecuritySchemeType.ApiKey,
                In = ParameterLocation.Header,
                Name = "X-Api-Key",
                Description = "The same key, for clients that cannot set Authorization.",
            });
            foreach (var file in Directory.EnumerateFiles(AppContext.BaseDirectory, "Pacs.*.xml")) swagger.IncludeXmlComments(file);
        });

    public static void UsePacsOpenApi(this WebApplication app)
    {
        app.UseSwagger();
        app.UseSwaggerUI(page =>
        {
            // Relative to the page, wherever a proxy has it.
            page.SwaggerEndpoint("v1/swagger.json", "PACS");
            page.DocumentTitle = "PACS";
        });
    }
}
